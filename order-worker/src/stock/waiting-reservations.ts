import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MalformedMessage, STREAMS, type StockReserved, stockReserved, winsIn } from 'seckill-core';
import { ORDER_LANES, type OrderLane, readOrdersConsumer } from '../orders/orders-consumer.ts';
import { readToEnd } from '../servers/read-to-end.ts';

const stream = STREAMS.reservations.name;

/** Reads an item's wins that no consumer of orders has acknowledged: they may not have an order or a rejection yet. */
export async function readWaitingReservations(nc: NatsConnection, saleId: string, itemId: string): Promise<StockReserved[]> {
  const lanes = await Promise.all(ORDER_LANES.map((lane) => readLane(nc, lane, { saleId, itemId })));
  return lanes.flat();
}

async function readLane(nc: NatsConnection, lane: OrderLane, item: { saleId: string; itemId: string }): Promise<StockReserved[]> {
  const handled = (await readOrdersConsumer(nc, lane))?.ack_floor.stream_seq ?? 0;
  const subject = stockReserved.subject({ ...item, [lane.kind]: true });
  // A consumer costs the server far more than this, and hardly any item has wins that wait.
  const last = await (await jetstreamManager(nc, { checkAPI: false })).streams.getMessage(stream, { last_by_subj: subject });
  if (last === null || last.seq <= handled) return [];
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: handled + 1 } as const;
  const waiting: StockReserved[] = [];
  for await (const message of readToEnd(nc, { stream, subject, start })) {
    try {
      waiting.push(...winsIn(message.data));
    } catch (error) {
      // Its consumer moves it to the dead letters, as it does a malformed winner of a message.
      if (!(error instanceof MalformedMessage)) throw error;
    }
  }
  return waiting;
}
