import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
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
  const { state } = await (await jetstreamManager(nc)).streams.info('SECKILL_ORDERS');
  const position = await prisma.listenerPosition.findUnique({ where: { listener: 'statistics' } });
  return Math.max(0, state.last_seq - Number(position?.streamSeq ?? 0));
}
