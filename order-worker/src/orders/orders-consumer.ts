import { type ConsumerInfo, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { STREAMS } from 'seckill-core';

/** Durable consumer of SECKILL_RESERVATIONS, shared by all workers. Every message up to its ack floor is an order or a rejection. */
export const ORDERS_CONSUMER = 'orders';

/** Resolves to undefined if no worker has created the consumer yet. */
export async function readOrdersConsumer(nc: NatsConnection): Promise<ConsumerInfo | undefined> {
  const manager = await jetstreamManager(nc);
  try {
    return await manager.consumers.info(STREAMS.reservations.name, ORDERS_CONSUMER);
  } catch (error) {
    if ((error as Error).name === 'ConsumerNotFoundError') return undefined;
    throw error;
  }
}
