import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { orderEvent } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';

/**
 * Counts wins without an order and payments that are not settled. Uses the stream's last sequence, because a consumer's count of pending messages
 * grows only a moment after a message was stored.
 */
export async function unfinished(nc: NatsConnection): Promise<[winners: number, payments: number]> {
  const { streams, consumers } = await jetstreamManager(nc);
  const left = async (stream: string, consumer: string) => {
    const { state } = await streams.info(stream);
    return Math.max(0, state.last_seq - (await consumers.info(stream, consumer)).ack_floor.stream_seq);
  };
  return [await left('SECKILL_RESERVATIONS', 'orders'), await left('SECKILL_PAYMENTS', 'payments')];
}

/** Counts events that the statistics listener has not reached. */
export async function uncounted({ nc, prisma }: { nc: NatsConnection; prisma: PrismaClient }): Promise<number> {
  const { streams } = await jetstreamManager(nc);
  // It does not read the events of sales.
  const last = await streams.getMessage('SECKILL_ORDERS', { last_by_subj: orderEvent.subjects });
  const position = await prisma.listenerPosition.findUnique({ where: { listener: 'statistics' } });
  return Math.max(0, (last?.seq ?? 0) - Number(position?.streamSeq ?? 0));
}
