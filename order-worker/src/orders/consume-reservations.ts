import { BatchConsumer, type Delivery, readWins, STREAMS, type StockReserved } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import { announce, type OrderWriter } from './after-commit.ts';
import { createOrders } from './create-orders.ts';
import { LaneTurns, type Turn } from './lane-turns.ts';
import { ORDER_LANES, type OrderLane } from './orders-consumer.ts';

export interface OrderPace {
  batchSize: number;
  /** Pause after each batch, ms. */
  pauseMs: number;
  /** Concurrent batches: while one is announced, the next is in PostgreSQL. */
  concurrency: number;
  /** How many winners with priority get their orders for each winner without, while both wait. */
  priorityWeight: number;
}

/** While both wait, an order of a hot item is made for every four of others. Alone, a hot item has every place. */
const WEIGHTS = { usual: 1, hot: 0.25 };

/** Consumes wins and creates their orders. Resolves when every consumer has started. */
export async function consumeReservations(
  parts: OrderWriter & Pick<WorkerContext, 'log' | 'ackWaitMs'>,
  pace: OrderPace,
): Promise<BatchConsumer<StockReserved>[]> {
  const turns = new LaneTurns(pace.concurrency);
  const consumer = ({ consumer, subjects }: OrderLane, turn: Turn) =>
    new BatchConsumer<StockReserved>({
      nc: parts.nc,
      publisher: parts.publisher,
      log: parts.log,
      stream: STREAMS.reservations.name,
      durable: consumer,
      filterSubject: subjects,
      decode: readWins,
      handle: (batch) => handleReservations(parts, batch),
      ackWaitMs: parts.ackWaitMs,
      maxBatch: pace.batchSize,
      maxAckPending: 20_000,
      pauseMs: pace.pauseMs,
      turn,
    });
  const consumers: BatchConsumer<StockReserved>[] = [];
  for (const lane of ORDER_LANES) {
    const turn = turns.lane(lane.kind === 'priority' ? pace.priorityWeight : WEIGHTS[lane.kind]);
    // Each lane can use every place.
    for (let i = 0; i < pace.concurrency; i += 1) consumers.push(await consumer(lane, turn).start());
  }
  return consumers;
}

async function handleReservations(parts: OrderWriter, batch: readonly Delivery<StockReserved>[]): Promise<void> {
  const { prisma, metrics } = parts;
  const began = performance.now();
  const states = await createOrders(
    prisma,
    batch.map((delivery) => delivery.value),
  );
  metrics.orderBatchSize.observe(batch.length);
  metrics.orderBatchSeconds.observe((performance.now() - began) / 1000);
  for (const delivery of batch) {
    const { reservationId, itemId, saleId } = delivery.value;
    if (states.get(reservationId) === undefined)
      delivery.giveUp(`Reservation ${reservationId}: sale ${saleId} has no item ${itemId}.`);
  }
  const known = [...states.values()].filter((state) => state !== undefined);
  const orders = known.filter((state) => state.status !== 'REJECTED');
  // A free order was paid by its creation, so this message announces both.
  const free = orders.filter((state) => state.amountCents === 0 && state.status === 'PAID');
  const rejections = known.filter((state) => state.status === 'REJECTED');
  // Before the announcement: if that fails, the batch comes again, and nothing in it is fresh any more.
  metrics.ordersCreated.inc(orders.filter(({ fresh }) => fresh).length);
  metrics.ordersPaid.inc(free.filter(({ fresh }) => fresh).length);
  for (const { fresh, reason } of rejections) if (fresh) metrics.ordersRejected.inc({ reason: reason ?? 'unknown' });
  const redelivered = batch.some(({ deliveries }) => deliveries > 1);
  await Promise.all([
    announce(parts, 'created', orders, { redelivered }),
    announce(parts, 'rejected', rejections, { redelivered }),
  ]);
  await announce(parts, 'paid', free, { redelivered });
}
