import { type ConsumerInfo, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { HOT_SUBJECTS, PRIORITY_SUBJECTS, STREAMS, stockReserved } from 'seckill-core';

/** Wins that are consumed in order, beside those of the other lanes. Its durable consumer is shared by all workers. */
export interface OrderLane {
  readonly consumer: string;
  /** Of SECKILL_RESERVATIONS. Every message of these up to the consumer's ack floor is an order or a rejection. */
  readonly subjects: string;
  /** What the winners of this lane have. */
  readonly kind: 'priority' | 'usual' | 'hot';
}

/** The lanes of SECKILL_RESERVATIONS. */
export const ORDER_LANES: readonly OrderLane[] = [
  { consumer: 'orders-priority', subjects: PRIORITY_SUBJECTS, kind: 'priority' },
  { consumer: 'orders', subjects: stockReserved.subjects, kind: 'usual' },
  { consumer: 'orders-hot', subjects: HOT_SUBJECTS, kind: 'hot' },
];

/** Resolves to undefined if no worker has created the lane's consumer yet. */
export async function readOrdersConsumer(nc: NatsConnection, lane: OrderLane): Promise<ConsumerInfo | undefined> {
  const manager = await jetstreamManager(nc);
  try {
    return await manager.consumers.info(STREAMS.reservations.name, lane.consumer);
  } catch (error) {
    if ((error as Error).name === 'ConsumerNotFoundError') return undefined;
    throw error;
  }
}
