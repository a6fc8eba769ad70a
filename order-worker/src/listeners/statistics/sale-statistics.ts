import { ORDER_EVENTS, type OrderEvent, type OrderEventName } from 'seckill-core';
import { loadStatement } from '../../servers/statement.ts';
import type { OrderListener } from '../runner/order-listener.ts';

const addStatement = loadStatement(import.meta.url, 'add-statistics');

type Counts = Record<OrderEventName, number> & { revenueCents: number };

/** Counts the order events of each sale, and its revenue. */
export const saleStatistics: OrderListener = {
  name: 'statistics',
  async apply(tx, events) {
    const sales = [...countBySale(events)].sort(([a], [b]) => (a < b ? -1 : 1));
    const column = (key: keyof Counts) => sales.map(([, counts]) => counts[key]);
    await tx.$executeRawUnsafe(
      addStatement,
      sales.map(([saleId]) => saleId),
      column('created'),
      column('paid'),
      column('cancelled'),
      column('rejected'),
      column('refunded'),
      column('revenueCents'),
    );
  },
};

function countBySale(events: readonly OrderEvent[]): Map<string, Counts> {
  const sales = new Map<string, Counts>();
  for (const event of events) {
    let counts = sales.get(event.saleId);
    if (counts === undefined) {
      counts = {
        ...(Object.fromEntries(ORDER_EVENTS.map((name) => [name, 0])) as Record<OrderEventName, number>),
        revenueCents: 0,
      };
      sales.set(event.saleId, counts);
    }
    counts[event.event] += 1;
    if (event.event === 'paid') counts.revenueCents += event.amountCents;
  }
  return sales;
}
