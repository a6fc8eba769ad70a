import type { OrderEvent } from 'seckill-core';
import { readOrderEvents } from '../audit/evidence/order-events.ts';
import { readRecorded } from '../stock/recorded-reservations.ts';
import type { RestoreSource } from './source.ts';

/** Events looked up at once. */
const PORTION = 1_000;

/** An order that is missing in PostgreSQL, or waits there although it was cancelled. Times in ms. */
export type LostOrder = Omit<OrderEvent, 'event' | 'at'> & { createdAt: number; cancelledAt: number | null };

export interface Lost {
  orders: Map<string, LostOrder>;
  rejections: Map<string, OrderEvent>;
}

/** Reads every event of the sale after this position, and keeps what PostgreSQL lacks. A sale of a million orders that lost three keeps three. */
export async function findLost(source: RestoreSource, after: number): Promise<Lost> {
  const lost: Lost = { orders: new Map(), rejections: new Map() };
  for (const name of ['created', 'cancelled', 'rejected'] as const) {
    let portion: OrderEvent[] = [];
    for await (const event of readOrderEvents(source, name, { after })) {
      portion.push(event);
      if (portion.length < PORTION) continue;
      await compare(source, portion, lost);
      portion = [];
    }
    await compare(source, portion, lost);
  }
  return lost;
}

async function compare({ prisma }: RestoreSource, events: readonly OrderEvent[], { orders, rejections }: Lost): Promise<void> {
  const recorded = await readRecorded(
    prisma,
    events.map(({ orderId }) => orderId),
  );
  for (const event of events) {
    const { event: name, at, ...order } = event;
    const status = recorded.get(order.orderId)?.status;
    if (name === 'rejected') {
      if (status === undefined) rejections.set(order.orderId, event);
    } else if (name === 'created') {
      if (status === undefined) orders.set(order.orderId, { ...order, createdAt: at, cancelledAt: null });
    } else if (status === undefined || status === 'PENDING_PAYMENT') {
      const createdAt = orders.get(order.orderId)?.createdAt ?? order.reservedAt;
      orders.set(order.orderId, { ...order, createdAt, cancelledAt: at });
    }
  }
}
