import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { orderEvent, paymentReceived, STREAMS } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { ORDER_LANES } from '../../src/orders/orders-consumer.ts';

/**
 * Counts wins without an order and payments that are not settled. Uses the sequence of the last message, because a consumer's count of pending messages
 * grows only a moment after a message was stored.
 */
export async function unfinished(nc: NatsConnection): Promise<[winners: number, payments: number]> {
  const { streams, consumers } = await jetstreamManager(nc);
  const left = async (stream: string, consumer: string, subjects: string) => {
    const last = await streams.getMessage(stream, { last_by_subj: subjects });
    const { ack_floor, num_pending, num_ack_pending } = await consumers.info(stream, consumer);
    return (last?.seq ?? 0) <= ack_floor.stream_seq ? 0 : Math.max(1, num_pending + num_ack_pending);
  };
  const winners = await Promise.all(
    ORDER_LANES.map(({ consumer, subjects }) => left(STREAMS.reservations.name, consumer, subjects)),
  );
  return [
    winners.reduce((sum, count) => sum + count, 0),
    await left(STREAMS.payments.name, 'payments', paymentReceived.subjects),
  ];
}

/** Counts events that the statistics listener has not reached. */
export async function uncounted({ nc, prisma }: { nc: NatsConnection; prisma: PrismaClient }): Promise<number> {
  const { streams } = await jetstreamManager(nc);
  // It does not read the events of sales.
  const last = await streams.getMessage('SECKILL_ORDERS', { last_by_subj: orderEvent.subjects });
  const position = await prisma.listenerPosition.findUnique({ where: { listener: 'statistics' } });
  return Math.max(0, (last?.seq ?? 0) - Number(position?.streamSeq ?? 0));
}
