import type { OrderEvent } from 'seckill-core';
import { STATUS_AFTER } from '../../orders/status-after.ts';
import { loadStatement } from '../../servers/statement.ts';
import type { OrderListener } from '../runner/order-listener.ts';
import type { StoredEvents } from '../runner/stored-events.ts';

const writeStatement = loadStatement(import.meta.url, 'write-search');

/** Keeps the table that the search of orders reads. */
export const orderSearch: OrderListener = {
  name: 'order-search',
  async apply(tx, messages) {
    const newest = [...newestEvents(messages).values()];
    if (newest.length === 0) return;
    await tx.$executeRawUnsafe(
      writeStatement,
      newest.map(({ orderId }) => orderId),
      newest.map(({ saleId }) => saleId),
      newest.map(({ itemId }) => itemId),
      newest.map(({ userId }) => userId),
      newest.map(({ event }) => STATUS_AFTER.get(event)),
      newest.map(({ version }) => version),
      newest.map(({ at }) => at),
    );
  },
};

function newestEvents(messages: readonly StoredEvents[]): Map<string, OrderEvent> {
  const newest = new Map<string, OrderEvent>();
  for (const message of messages) {
    if (message.of === undefined || !STATUS_AFTER.has(message.of.event)) continue;
    for (const event of message.events) {
      const known = newest.get(event.orderId);
      if (known === undefined || known.version < event.version) newest.set(event.orderId, event);
    }
  }
  return newest;
}
