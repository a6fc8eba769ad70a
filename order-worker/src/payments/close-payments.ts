import { reasonOf } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { atOnce } from '../servers/at-once.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { paidWhenAsked, storeEvents } from './provider-events.ts';
import type { StoredPayment } from './stored-payments.ts';

/** Requests to the providers at once, by each worker. */
const REQUESTS = 32;
/** After the deadline of an order, or after its checkout was closed if that was later. */
const LAST_QUERY_SECONDS = 60;

export type Closer = Pick<WorkerContext, 'prisma' | 'publisher' | 'providers' | 'log'>;

/** What became of an order's checkouts. `paid`: its event is stored, and makes the order PAID. `away`: one of them may be open. */
export type Closing = { state: 'closed' | 'paid' } | { state: 'away'; reason: string };

/**
 * Closes checkouts at their providers, and marks them as closed. Returns what became of those of each order; of an order that is not among the
 * `payments`, nothing. Idempotent. Throws only if PostgreSQL or NATS fails.
 */
export async function closePayments(
  parts: Closer,
  payments: readonly StoredPayment[],
  giveUpAt: number,
): Promise<Map<string, Closing>> {
  const results = new Map<string, Closing>();
  const closed: string[] = [];
  await atOnce(REQUESTS, payments, async (payment) => {
    const { orderId, paymentId } = payment.request;
    const result = await closeOne(parts, payment, giveUpAt);
    if (result.state === 'closed') closed.push(paymentId);
    const before = results.get(orderId);
    if (before === undefined || before.state === 'closed' || result.state === 'paid') results.set(orderId, result);
  });
  await markClosed(parts.prisma, closed);
  return results;
}

async function closeOne(parts: Closer, { provider, request }: StoredPayment, giveUpAt: number): Promise<Closing> {
  const answer = await closeAtProvider(parts, provider, request, giveUpAt);
  if (answer.state !== 'paid') return answer;
  await storeEvents(parts, provider, [paidWhenAsked(request, answer.facts)]);
  return { state: 'paid' };
}

async function closeAtProvider(
  { providers, log }: Closer,
  provider: string,
  request: StoredPayment['request'],
  giveUpAt: number,
) {
  try {
    return await providers.named(provider).closeCheckout(request, giveUpAt);
  } catch (error) {
    log.warn(
      { err: error, provider, paymentId: request.paymentId },
      'the provider did not close a checkout; it will be asked again',
    );
    return { state: 'away', reason: reasonOf(error) } as const;
  }
}

/**
 * Of payments whose checkouts take no money any more. Money that comes in spite of that is refunded. With Alipay it can: a trade begins when its buyer
 * opens the page. So the provider is asked once more after the order's payment deadline, when no checkout takes money.
 */
export async function markClosed(prisma: PrismaClient, paymentIds: readonly string[]): Promise<void> {
  if (paymentIds.length === 0) return;
  await prisma.$executeRaw`
    UPDATE payments p
    SET closed_at = clock_timestamp(), status = CASE p.status WHEN 'CREATED' THEN 'CLOSED' ELSE p.status END,
      next_query_at = greatest(clock_timestamp(), o.pay_by) + make_interval(secs => ${LAST_QUERY_SECONDS}::float8)
    FROM orders o
    WHERE p.id = ANY (${paymentIds}::uuid[]) AND o.id = p.order_id AND p.status IN ('CREATED', 'FAILED') AND p.closed_at IS NULL`;
}
