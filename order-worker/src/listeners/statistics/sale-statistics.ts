import type { OrderChange } from 'seckill-core';
import { loadStatement } from '../../servers/statement.ts';
import type { OrderListener } from '../runner/order-listener.ts';
import type { StoredEvents } from '../runner/stored-events.ts';
import { addRevenue, countEvents, noCounts, type SaleCounts, WITH_MONEY } from './count-events.ts';

const addStatement = loadStatement(import.meta.url, 'add-statistics');

/** Counts the order events of each sale, and its revenue by currency. */
export const saleStatistics: OrderListener = {
  name: 'statistics',
  async apply(tx, messages) {
    const sales = [...countBySale(messages)].sort(inOrder);
    const column = (name: OrderChange) => sales.map(([, counts]) => counts.events[name]);
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

function countBySale(messages: readonly StoredEvents[]): Map<string, SaleCounts> {
  const sales = new Map<string, SaleCounts>();
  for (const message of messages) {
    if (message.of === undefined) continue;
    const { event, saleId } = message.of;
    const counts = sales.get(saleId) ?? noCounts();
    sales.set(saleId, counts);
    countEvents(counts, event, message.count);
    if (WITH_MONEY.has(event)) for (const each of message.events) addRevenue(counts, each);
  }
  return sales;
}
