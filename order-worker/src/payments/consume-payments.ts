import { BatchConsumer, contentOf, type Delivery, type PaymentReceived, paymentReceived, STREAMS } from 'seckill-core';
import { type AnnounceOptions, announce, type Committed, type OrderWriter } from '../orders/after-commit.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { recordEvents } from './record-events.ts';
import { type SettledPayment, type SettlementOptions, settlePayments } from './settle-payments.ts';

export const PAYMENTS_CONSUMER = 'payments';

/** Consumes the providers' results. `refundDecided` is called after the commit that decided a refund. */
export function consumePayments(
  parts: OrderWriter & Pick<WorkerContext, 'log' | 'ackWaitMs'>,
  refundDecided: () => void,
): Promise<BatchConsumer<PaymentReceived>> {
  return new BatchConsumer<PaymentReceived>({
    nc: parts.nc,
    publisher: parts.publisher,
    log: parts.log,
    stream: STREAMS.payments.name,
    durable: PAYMENTS_CONSUMER,
    decode: (data) => ({ parts: [{ value: paymentReceived.decode(data) }] }),
    handle: (batch) => handlePayments(parts, batch, refundDecided),
    ackWaitMs: parts.ackWaitMs,
    maxBatch: 200,
  }).start();
}

async function handlePayments(
  parts: OrderWriter,
  batch: readonly Delivery<PaymentReceived>[],
  refundDecided: () => void,
): Promise<void> {
  const events = batch.map((delivery) => delivery.value);
  const saidFirst = await recordEvents(parts.prisma, events);
  const redelivered = batch.some(({ deliveries }) => deliveries > 1);
  const settled = await settleAndAnnounce(parts, events, { refundDecided, redelivered });
  batch.forEach((delivery, i) => {
    const decision = settled[i]?.decision;
    const first = saidFirst[i];
    if (decision?.kind === 'unknown') delivery.giveUp(decision.reason);
    else if (first !== undefined) delivery.giveUp(conflictOf(delivery.value, first));
  });
}

/** The event took effect like any other, so no money is lost. The dead letter is for the operator, who asks the provider what it meant. */
const conflictOf = (event: PaymentReceived, first: string): string =>
  `The provider's event ${event.eventId} says ${contentOf(event)}, and before it said ${first}. ` +
  'Both were handled. Ask the provider which is true, then discard this letter.';

export interface SettleOptions extends SettlementOptions, AnnounceOptions {
  refundDecided?: () => void;
}

/** Decides, writes and announces what the events change. Idempotent: repeated events change nothing, and finish what a crash left unfinished. */
export async function settleAndAnnounce(
  parts: OrderWriter,
  events: readonly PaymentReceived[],
  { refundDecided, redelivered = false, ...options }: SettleOptions = {},
): Promise<SettledPayment[]> {
  const settled = await settlePayments(parts.prisma, events, options);
  for (const { decision } of settled) {
    if (decision.kind === 'refund') parts.metrics.refunds.inc({ reason: decision.reason });
  }
  if (settled.some(({ decision }) => decision.kind === 'refund')) refundDecided?.();
  parts.metrics.ordersPaid.inc(settled.filter(({ decision }) => decision.kind === 'paid').length);
  await announce(parts, 'paid', committed(settled, 'PAID'), { redelivered });
  await announce(parts, 'refunded', committed(settled, 'REFUNDED'), { redelivered });
  return settled;
}

/** Orders that this batch moved to `status`, and those that a repeated event had moved before. */
function committed(settled: readonly SettledPayment[], status: 'PAID' | 'REFUNDED'): Committed[] {
  const orders = new Map<string, Committed>();
  for (const { decision, order } of settled) {
    if (order?.status !== status) continue;
    const fresh = decision.kind === 'paid' || (decision.kind === 'refund' && decision.order === 'REFUNDED');
    // A refund of a second payment moves no order, so it is announced to no buyer.
    const repeated = decision.kind === 'nothing' && !orders.has(order.orderId);
    if (fresh || repeated) orders.set(order.orderId, { ...order, fresh });
  }
  return [...orders.values()];
}
