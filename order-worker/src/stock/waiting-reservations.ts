import { DeliverPolicy } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { MalformedMessage, STREAMS, type StockReserved, stockReserved } from 'seckill-core';
import { readOrdersConsumer } from '../orders/orders-consumer.ts';
import { readToEnd } from '../servers/read-to-end.ts';

const stream = STREAMS.reservations.name;

/** Reads an item's wins that the orders consumer has not acknowledged: they may not have an order or a rejection yet. */
export async function readWaitingReservations(nc: NatsConnection, saleId: string, itemId: string): Promise<StockReserved[]> {
  const handled = (await readOrdersConsumer(nc))?.ack_floor.stream_seq ?? 0;
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: handled + 1 } as const;
  const waiting: StockReserved[] = [];
  const subject = stockReserved.subject({ saleId, itemId });
  for await (const message of readToEnd(nc, { stream, subject, start })) {
    try {
      waiting.push(stockReserved.decode(message.data));
    } catch (error) {
      // The orders consumer moves it to the dead letters.
      if (!(error instanceof MalformedMessage)) throw error;
    }
  }
  return waiting;
}
