import { BatchConsumer, type Delivery, STREAMS, type StockReserved, stockReserved } from 'seckill-core';
import type { WorkerContext } from '../worker-context.ts';
import { publishOrderEvents, pushToBuyers } from './announce-orders.ts';
import { type CreatedOrder, createOrders } from './create-orders.ts';
import { publishDeadlines } from './deadlines/publish-deadlines.ts';
import { advanceReservations, releaseReservations } from './move-reservations.ts';
import { ORDERS_CONSUMER } from './orders-consumer.ts';
import { unfinished } from './unfinished.ts';

export interface OrderPace {
  batchSize: number;
  /** Rest after each batch, ms. */
  pauseMs: number;
  /** Batches in hand at once: while one is announced, the next is in PostgreSQL. */
  concurrency: number;
}

/** Takes winners from the stream and makes orders of them. */
export async function consumeReservations(context: WorkerContext, pace: OrderPace): Promise<BatchConsumer<StockReserved>[]> {
  const consumer = () =>
    new BatchConsumer<StockReserved>({
      nc: context.nc,
      publisher: context.publisher,
      log: context.log,
      stream: STREAMS.reservations.name,
      durable: ORDERS_CONSUMER,
      decode: stockReserved.decode,
      handle: (batch) => handleReservations(context, batch),
      ackWaitMs: context.ackWaitMs,
      maxBatch: pace.batchSize,
      maxAckPending: 20_000,
      pauseMs: pace.pauseMs,
    });
  const consumers: BatchConsumer<StockReserved>[] = [];
  for (let i = 0; i < pace.concurrency; i += 1) consumers.push(await consumer().start());
  return consumers;
}

async function handleReservations(context: WorkerContext, batch: readonly Delivery<StockReserved>[]): Promise<void> {
  const { metrics } = context;
  const began = performance.now();
  const states = await createOrders(
    context.prisma,
    batch.map((delivery) => delivery.value),
  );
  metrics.orderBatchSize.observe(batch.length);
  metrics.orderBatchSeconds.observe((performance.now() - began) / 1000);
  for (const delivery of batch) {
    const { reservationId, itemId, saleId } = delivery.value;
    if (states.get(reservationId) === undefined)
      delivery.giveUp(`There is no item ${itemId} in a sale ${saleId} for ${reservationId}.`);
  }
  await announceCreated(
    context,
    [...states.values()].filter((state) => state !== undefined),
  );
}

/**
 * What follows the commit: deadline, event, Redis, page. The batch is acknowledged only after it, so a crash anywhere in between
 * brings the batch again, createOrders answers the same states, and all of it is done once more under the same ids.
 */
async function announceCreated(context: WorkerContext, states: readonly CreatedOrder[]): Promise<void> {
  const repeated = states.filter((state) => !state.fresh);
  const again = await unfinished(
    context,
    (state) => state.createdAt,
    ['ORDERED', 'PAID', 'CANCELLED', 'REJECTED', 'REFUNDED'],
    repeated,
  );
  const todo = [...states.filter((state) => state.fresh), ...again];
  if (todo.length === 0) return;
  const pending = todo.filter((state) => state.status === 'PENDING_PAYMENT');
  const rejected = todo.filter((state) => state.status === 'REJECTED');
  const ordered = todo.filter((state) => state.status !== 'REJECTED');
  await publishDeadlines(context, pending);
  await Promise.all([publishOrderEvents(context, 'created', ordered), publishOrderEvents(context, 'rejected', rejected)]);
  // An order that was paid or cancelled meanwhile is moved by whoever did that: its message comes again as well.
  await Promise.all([advanceReservations(context, 'ORDERED', pending), releaseReservations(context, 'REJECTED', rejected)]);
  pushToBuyers(context, 'ORDERED', pending);
  pushToBuyers(context, 'REJECTED', rejected);
  count(context, states);
}

function count({ metrics }: WorkerContext, states: readonly CreatedOrder[]): void {
  const fresh = states.filter((state) => state.fresh);
  const rejected = fresh.filter((state) => state.status === 'REJECTED');
  metrics.ordersCreated.inc(fresh.length - rejected.length);
  for (const { reason } of rejected) metrics.ordersRejected.inc({ reason: reason ?? 'unknown' });
}
