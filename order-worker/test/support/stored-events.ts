import type { NatsConnection } from '@nats-io/transport-node';
import { decodeOrderEvents, type OrderEvent, type OrderNotice, orderEvent, readOrderEventHeaders } from 'seckill-core';
import { readToEnd } from '../../src/servers/read-to-end.ts';

const start = { deliver_policy: 'by_start_sequence', opt_start_seq: 1 } as const;

export const NOTICES: ReadonlySet<string> = new Set<OrderNotice>(['payment-begun', 'payment-failed', 'refund-accepted']);

/** Reads the sale's stored events, without those of payments and refunds that change no order. */
export const readStoredEvents = async (nc: NatsConnection, saleId: string): Promise<OrderEvent[]> =>
  (await readAllStored(nc, saleId)).filter(({ event }) => !NOTICES.has(event));

/** Reads the others. */
export const readStoredNotices = async (nc: NatsConnection, saleId: string): Promise<OrderEvent[]> =>
  (await readAllStored(nc, saleId)).filter(({ event }) => NOTICES.has(event));

/** A repeat that is marked as one adds nothing to its first copy; an unmarked one would show here. */
export async function readAllStored(nc: NatsConnection, saleId: string): Promise<OrderEvent[]> {
  const stored: OrderEvent[] = [];
  const marked = new Map<string, OrderEvent>();
  const subject = orderEvent.subject({ event: '*', saleId });
  for await (const { data, headers } of readToEnd(nc, { stream: 'SECKILL_ORDERS', subject, start })) {
    const { events } = decodeOrderEvents(data);
    if (readOrderEventHeaders(headers).repeat) for (const event of events) marked.set(orderEvent.id(event), event);
    else stored.push(...events);
  }
  for (const event of stored) marked.delete(orderEvent.id(event));
  return [...stored, ...marked.values()];
}
