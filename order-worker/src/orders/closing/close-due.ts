import { type Closer, type Closing, closePayments, markClosed } from '../../payments/close-payments.ts';
import { readUnclosed } from '../../payments/stored-payments.ts';
import { growingPauseMs } from '../../servers/growing-pause.ts';
import { loadStatement } from '../../servers/statement.ts';
import type { OrderWriter } from '../after-commit.ts';
import { cancelOrders } from '../cancel-orders.ts';

const claimStatement = loadStatement(import.meta.url, 'claim-closing');

const PORTION = 200;
/** Of a portion. Providers' calls and the cancels together take less. */
const LEASE_SECONDS = 15;
const ANSWER_WITHIN_MS = 6_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** By then the order is PAID, and its row is deleted. */
const PAID_PAUSE_MS = 5_000;
/** A checkout that a provider could not close for a day has ended by its own time limit. Money that came after all is refunded. */
const CLOSING_LIMIT_MS = 24 * 60 * 60 * 1_000;

interface Claimed {
  orderId: string;
  tries: number;
  /** How long the order has waited, ms. */
  sinceMs: number;
}

type Parts = Closer & OrderWriter;

/**
 * Cancels orders that are due and have open checkouts: the provider closes these first. If it says that the buyer has paid, the order becomes PAID. If
 * it does not answer, the order keeps its units and waits, with growing pauses.
 */
export async function closeDue(parts: Parts, limitMs: number = CLOSING_LIMIT_MS): Promise<void> {
  while ((await closePortion(parts, limitMs)) === PORTION);
}

async function closePortion(parts: Parts, limitMs: number): Promise<number> {
  const claimed = await parts.prisma.$queryRawUnsafe<Claimed[]>(claimStatement, PORTION, LEASE_SECONDS);
  if (claimed.length === 0) return 0;
  const ids = claimed.map(({ orderId }) => orderId);
  const payments = await readUnclosed(parts.prisma, ids);
  const results = await closePayments(parts, payments, performance.now() + ANSWER_WITHIN_MS);
  const givenUp = claimed.filter(({ orderId, sinceMs }) => sinceMs > limitMs && results.get(orderId)?.state === 'away');
  await giveUp(
    parts,
    givenUp,
    payments.map(({ request }) => request),
  );
  for (const { orderId } of givenUp) results.delete(orderId);
  const waiting = claimed.filter(({ orderId }) => (results.get(orderId)?.state ?? 'closed') !== 'closed');
  await tryLater(parts, waiting, results);
  const closed = ids.filter((id) => !waiting.some(({ orderId }) => orderId === id));
  if (closed.length > 0) await cancelOrders(parts, closed, 'unpaid', { closed: true });
  await parts.prisma.$executeRaw`
    DELETE FROM closing_orders c USING orders o
    WHERE c.order_id = ANY (${closed}::uuid[]) AND o.id = c.order_id AND o.status <> 'PENDING_PAYMENT'`;
  return claimed.length;
}

async function giveUp(
  { prisma, log, metrics }: Parts,
  orders: readonly Claimed[],
  payments: readonly { orderId: string; paymentId: string }[],
): Promise<void> {
  for (const { orderId } of orders) {
    const ids = payments.filter((payment) => payment.orderId === orderId).map(({ paymentId }) => paymentId);
    log.error(
      { orderId, payments: ids },
      'no provider could close these checkouts within a day; the order is cancelled, and money that came is refunded',
    );
    metrics.checkoutsGivenUp.inc(ids.length);
    await markClosed(prisma, ids);
  }
}

async function tryLater({ prisma }: Parts, waiting: readonly Claimed[], results: ReadonlyMap<string, Closing>): Promise<void> {
  if (waiting.length === 0) return;
  const pauses = waiting.map(({ orderId, tries }) => {
    const growing = growingPauseMs(tries, { firstMs: FIRST_PAUSE_MS, longestMs: LONGEST_PAUSE_MS });
    return results.get(orderId)?.state === 'paid' ? PAID_PAUSE_MS : growing;
  });
  const reasons = waiting.map(({ orderId }) => {
    const result = results.get(orderId);
    return result?.state === 'away' ? result.reason : null;
  });
  await prisma.$executeRaw`
    UPDATE closing_orders c
    SET next_try_at = clock_timestamp() + make_interval(secs => l.ms / 1000), last_error = l.reason
    FROM unnest(${waiting.map(({ orderId }) => orderId)}::uuid[], ${pauses}::float8[], ${reasons}::text[]) AS l (order_id, ms, reason)
    WHERE c.order_id = l.order_id`;
}
