import type { OrderEvent, OrderEventName } from 'seckill-core';
import { loadStatement } from '../../servers/statement.ts';
import type { OrderListener } from '../runner/order-listener.ts';
import { countEvent, noCounts, type SaleCounts } from './count-events.ts';

const addStatement = loadStatement(import.meta.url, 'add-statistics');

/** Counts the order events of each sale, and its revenue by currency. */
export const saleStatistics: OrderListener = {
  name: 'statistics',
  async apply(tx, events) {
    const sales = [...countBySale(events)].sort(inOrder);
    const column = (name: OrderEventName) => sales.map(([, counts]) => counts.events[name]);
    const revenue = sales.flatMap(([saleId, counts]) =>
      Object.entries(counts.revenue)
        .sort(inOrder)
        .map(([currency, cents]) => ({ saleId, currency, cents })),
    );
    await tx.$executeRawUnsafe(
      addStatement,
      sales.map(([saleId]) => saleId),
      column('created'),
      column('paid'),
      column('cancelled'),
      column('rejected'),
      column('refunded'),
      revenue.map(({ saleId }) => saleId),
      revenue.map(({ currency }) => currency),
      revenue.map(({ cents }) => cents),
    );
  },
};

const inOrder = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

function countBySale(events: readonly OrderEvent[]): Map<string, SaleCounts> {
  const sales = new Map<string, SaleCounts>();
  for (const event of events) {
    const counts = sales.get(event.saleId) ?? noCounts();
    sales.set(event.saleId, counts);
    countEvent(counts, event);
  }
  return sales;
}
