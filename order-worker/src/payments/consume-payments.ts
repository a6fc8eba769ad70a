import { BatchConsumer, type Delivery, type PaymentReceived, paymentReceived, STREAMS } from 'seckill-core';
import { publishOrderEvents, pushToBuyers } from '../orders/announce-orders.ts';
import { announceCancelled } from '../orders/cancel-orders.ts';
import { advanceReservations } from '../orders/move-reservations.ts';
import type { OrderState } from '../orders/order-state.ts';
import { unfinished } from '../orders/unfinished.ts';
import type { WorkerContext } from '../worker-context.ts';
import { type SettledPayment, type SettlementOptions, settlePayments } from './settle-payments.ts';

export const PAYMENTS_CONSUMER = 'payments';

/** Takes what the provider says. `refundDecided` is called after the commit that decided one. */
export function consumePayments(context: WorkerContext, refundDecided: () => void): Promise<BatchConsumer<PaymentReceived>> {
  return new BatchConsumer<PaymentReceived>({
    nc: context.nc,
    publisher: context.publisher,
    log: context.log,
    stream: STREAMS.payments.name,
    durable: PAYMENTS_CONSUMER,
    decode: paymentReceived.decode,
    handle: (batch) => handlePayments(context, batch, refundDecided),
    ackWaitMs: context.ackWaitMs,
    maxBatch: 200,
  }).start();
}

async function handlePayments(
  context: WorkerContext,
  batch: readonly Delivery<PaymentReceived>[],
  refundDecided: () => void,
): Promise<void> {
  const events = batch.map((delivery) => delivery.value);
  const settled = await settleAndAnnounce(context, events, { refundDecided });
  batch.forEach((delivery, i) => {
    const decision = settled[i]?.decision;
    if (decision?.kind === 'unknown') delivery.giveUp(decision.reason);
  });
}

export interface SettleOptions extends SettlementOptions {
  refundDecided?: () => void;
}

/** Decides, writes, and tells everybody. The same events again change nothing, and finish what a crash has left unfinished. */
export async function settleAndAnnounce(
  context: WorkerContext,
  events: readonly PaymentReceived[],
  { refundDecided, ...options }: SettleOptions = {},
): Promise<SettledPayment[]> {
  const settled = await settlePayments(context.prisma, events, options);
  for (const { decision } of settled) {
    if (decision.kind === 'refund') context.metrics.refunds.inc({ reason: decision.reason });
  }
  if (settled.some(({ decision }) => decision.kind === 'refund')) refundDecided?.();
  context.metrics.ordersPaid.inc(settled.filter(({ decision }) => decision.kind === 'paid').length);
  await announcePaid(context, await toAnnounce(context, settled, 'PAID'));
  await announceRefunded(context, await toAnnounce(context, settled, 'REFUNDED'));
  return settled;
}

/** Orders that this batch moved to `status`, and those that a replayed event had moved before without finishing. */
async function toAnnounce(
  context: WorkerContext,
  settled: readonly SettledPayment[],
  status: 'PAID' | 'REFUNDED',
): Promise<OrderState[]> {
  const fresh = new Map<string, OrderState>();
  const repeated = new Map<string, OrderState>();
  for (const { decision, order } of settled) {
    if (order?.status !== status) continue;
    // A second payment that goes back moves no order: who was told of the first is not told again.
    const moved = decision.kind === 'paid' || (decision.kind === 'refund' && decision.order === 'REFUNDED');
    if (moved) fresh.set(order.orderId, order);
    else if (decision.kind === 'nothing') repeated.set(order.orderId, order);
  }
  const again = [...repeated.values()].filter((order) => !fresh.has(order.orderId));
  return [...fresh.values(), ...(await unfinished(context, (order) => order.settledAt, [status], again))];
}

async function announcePaid(context: WorkerContext, orders: readonly OrderState[]): Promise<void> {
  if (orders.length === 0) return;
  await publishOrderEvents(context, 'paid', orders);
  await advanceReservations(context, 'PAID', orders);
  pushToBuyers(context, 'PAID', orders);
}

async function announceRefunded(context: WorkerContext, orders: readonly OrderState[]): Promise<void> {
  if (orders.length === 0) return;
  // Whoever cancelled may not have come so far yet, and Redis moves to REFUNDED from CANCELLED only.
  await announceCancelled(context, await unfinished(context, () => 0, ['CANCELLED', 'REFUNDED'], orders));
  await publishOrderEvents(
    context,
    'refunded',
    orders.map((order) => ({ ...order, reason: 'order-cancelled' })),
  );
  await advanceReservations(context, 'REFUNDED', orders);
  pushToBuyers(context, 'REFUNDED', orders);
}
