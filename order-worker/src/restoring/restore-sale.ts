import { findLost } from './find-lost.ts';
import { restoreOrders } from './restore-orders.ts';
import { restorePayments } from './restore-payments.ts';
import type { RestoreSource } from './source.ts';

/**
 * Brings back what PostgreSQL had committed and has lost, because an older copy of it was restored: orders, cancels and rejections from their events
 * in SECKILL_ORDERS, money from the provider's reports in SECKILL_PAYMENTS. Writes PostgreSQL only: its own events and Redis know these changes, and
 * the audit repairs what they lack. An event follows its commit, so this is correct while orders move, and may be repeated. `after` is a position in
 * SECKILL_ORDERS: nothing was lost of the events up to it. Resolves to the ids of orders and payments that were written.
 */
export async function restoreSale(source: RestoreSource, { after = 0 } = {}): Promise<string[]> {
  const restored: string[] = [];
  for await (const ids of restorePortions(source, after)) restored.push(...ids);
  return restored;
}

/** As restoreSale, and yields the ids of each part once it is committed: if a later part fails, what was brought back before is known. */
export async function* restorePortions(source: RestoreSource, after: number): AsyncGenerator<string[]> {
  yield* restoreOrders(source.prisma, await findLost(source, after));
  yield* restorePayments(source, after);
}
