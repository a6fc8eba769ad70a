import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { PrismaClient } from 'seckill-prisma';

/**
 * Messages that are not finished: winners without an order, payments that are not settled. Not by what the consumer says is pending: that grows a
 * moment after the message was stored.
 */
export async function unfinished(nc: NatsConnection): Promise<[winners: number, payments: number]> {
  const { streams, consumers } = await jetstreamManager(nc);
  const left = async (stream: string, consumer: string) => {
    const { state } = await streams.info(stream);
    return Math.max(0, state.last_seq - (await consumers.info(stream, consumer)).ack_floor.stream_seq);
  };
  return [await left('SECKILL_RESERVATIONS', 'orders'), await left('SECKILL_PAYMENTS', 'payments')];
}

/** Events that the listener of the statistics has not come to. */
export async function uncounted({ nc, prisma }: { nc: NatsConnection; prisma: PrismaClient }): Promise<number> {
  const { state } = await (await jetstreamManager(nc)).streams.info('SECKILL_ORDERS');
  const position = await prisma.listenerPosition.findUnique({ where: { listener: 'statistics' } });
  return Math.max(0, state.last_seq - Number(position?.streamSeq ?? 0));
}
