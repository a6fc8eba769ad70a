import { atOnce } from '../servers/at-once.ts';
import { type Closer, markClosed } from './close-payments.ts';
import type { PaymentStanding } from './provider.ts';
import { paidWhenAsked, storeEvents } from './provider-events.ts';
import { readPayments, type StoredPayment } from './stored-payments.ts';

/** Seconds until the provider is asked for an open payment the first time: most are reported by then. */
export const FIRST_QUERY_SECONDS = 15;
/** Each gap is twice the one before. */
const LONGEST_GAP_SECONDS = 30 * 60;
const PORTION = 200;
const REQUESTS = 16;
const ANSWER_WITHIN_MS = 8_000;

/**
 * Asks the providers for open payments whose time has come, with growing gaps: a notification that was lost is found. What the provider says is settled
 * like a notification. A payment that was closed is asked for once more, after its deadline.
 */
export async function queryPayments(parts: Closer): Promise<void> {
  while ((await queryPortion(parts)) === PORTION);
}

async function queryPortion(parts: Closer): Promise<number> {
  const due = await parts.prisma.$queryRaw<{ id: string }[]>`
    UPDATE payments
    SET queries = queries + 1,
      next_query_at = clock_timestamp() + make_interval(secs => least(${FIRST_QUERY_SECONDS}::float8 * 2 ^ least(queries, 10), ${LONGEST_GAP_SECONDS}))
    WHERE id = ANY (ARRAY(
      SELECT id FROM payments WHERE next_query_at <= statement_timestamp() ORDER BY next_query_at LIMIT ${PORTION} FOR UPDATE SKIP LOCKED
    ))
    RETURNING id::text`;
  if (due.length === 0) return 0;
  const payments = await readPayments(
    parts.prisma,
    due.map(({ id }) => id),
  );
  const closed: string[] = [];
  const over: string[] = [];
  const giveUpAt = performance.now() + ANSWER_WITHIN_MS;
  await atOnce(REQUESTS, payments, async (payment) => {
    const state = await ask(parts, payment, giveUpAt);
    const { paymentId } = payment.request;
    if (payment.closed && (state === 'closed' || state === 'declined' || state === 'unknown')) over.push(paymentId);
    else if (state === 'closed') closed.push(paymentId);
  });
  await markClosed(parts.prisma, closed);
  if (over.length > 0) await parts.prisma.$executeRaw`UPDATE payments SET next_query_at = NULL WHERE id = ANY (${over}::uuid[])`;
  return due.length;
}

/** Returns what the provider says, after it is stored if there is money. Undefined if the provider does not answer. */
async function ask(
  { providers, log, publisher }: Closer,
  { provider, request }: StoredPayment,
  giveUpAt: number,
): Promise<PaymentStanding['state'] | undefined> {
  try {
    const standing = await providers.named(provider).getPayment(request, giveUpAt);
    if (standing.state === 'paid') await storeEvents({ publisher }, provider, [paidWhenAsked(request, standing.facts)]);
    return standing.state;
  } catch (error) {
    log.warn({ err: error, provider, paymentId: request.paymentId }, 'the provider was asked for a payment and did not answer');
    return undefined;
  }
}
