import { BatchConsumer, contentOf, type Delivery, type PaymentReceived, paymentReceived, STREAMS } from 'seckill-core';
import { type AnnounceOptions, announce, type Committed, type OrderWriter } from '../orders/after-commit.ts';
import { announceWaiting } from '../orders/waiting-events/announce-waiting.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { recordEvents } from './record-events.ts';
import { settleRefundsAndAnnounce } from './refunds/announce-refunds.ts';
import { type SettledPayment, type SettlementOptions, settlePayments } from './settle-payments.ts';

export const PAYMENTS_CONSUMER = 'payments';

type Parts = OrderWriter & Pick<WorkerContext, 'log'>;

/** Consumes what the providers say of payments and refunds. `refundDecided` is called after the commit that decided a refund. */
export function consumePayments(
  parts: Parts & Pick<WorkerContext, 'ackWaitMs'>,
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
  parts: Parts,
  batch: readonly Delivery<PaymentReceived>[],
  refundDecided: () => void,
): Promise<void> {
  const saidFirst = await recordEvents(
    parts.prisma,
    batch.map((delivery) => delivery.value),
  );
  const first = new Map(batch.map((delivery, i) => [delivery, saidFirst[i]]));
  const redelivered = batch.some(({ deliveries }) => deliveries > 1);
  const [ofPayments, ofRefunds] = [batch.filter((each) => !isOfRefund(each)), batch.filter(isOfRefund)];
  const settled = await settleAndAnnounce(parts, valuesOf(ofPayments), { refundDecided, redelivered });
  const faults = [
    ...settled.map(({ decision }) => (decision.kind === 'unknown' ? decision.reason : undefined)),
    ...(await settleRefundsAndAnnounce(parts, valuesOf(ofRefunds), { redelivered })),
  ];
  for (const [i, delivery] of [...ofPayments, ...ofRefunds].entries()) {
    const said = first.get(delivery);
    const fault = faults[i] ?? (said === undefined ? undefined : conflictOf(delivery.value, said));
    if (fault !== undefined) delivery.giveUp(fault);
  }
}

const isOfRefund = ({ value }: Delivery<PaymentReceived>): boolean =>
  value.type === 'refund.done' || value.type === 'refund.refused';
const valuesOf = (deliveries: readonly Delivery<PaymentReceived>[]): PaymentReceived[] => deliveries.map(({ value }) => value);

/** The event took effect like any other, so no money is lost. The dead letter is for the operator, who asks the provider what it meant. */
const conflictOf = (event: PaymentReceived, first: string): string =>
  `The provider's event ${event.eventId} says ${contentOf(event)}, and before it said ${first}. ` +
  'Both were handled. Ask the provider which is true, then discard this letter.';

export interface SettleOptions extends SettlementOptions, AnnounceOptions {
  refundDecided?: () => void;
}

/** Decides, writes and announces what events about payments change. Idempotent: repeated events change nothing, and finish what a crash left unfinished. */
export async function settleAndAnnounce(
  parts: OrderWriter,
  events: readonly PaymentReceived[],
  { refundDecided, redelivered = false, ...options }: SettleOptions = {},
): Promise<SettledPayment[]> {
  if (events.length === 0) return [];
  const settled = await settlePayments(parts.prisma, events, options);
  for (const { decision } of settled) {
    if (decision.kind === 'refund') parts.metrics.refunds.inc({ reason: decision.reason });
  }
  if (settled.some(({ decision }) => decision.kind === 'refund')) refundDecided?.();
  parts.metrics.ordersPaid.inc(settled.filter(({ decision }) => decision.kind === 'paid').length);
  await announce(parts, 'paid', committed(settled), { redelivered });
  await announceWaiting(parts, noticed(settled));
  return settled;
}

/** Payments that this batch found to have failed, or whose money it gives back. */
const noticed = (settled: readonly SettledPayment[]): string[] =>
  settled.filter(({ decision }) => decision.kind === 'failed' || decision.kind === 'refund').map(({ event }) => event.paymentId);

/** Orders that this batch made PAID, and those that a repeated event had made PAID before. */
function committed(settled: readonly SettledPayment[]): Committed[] {
  const orders = new Map<string, Committed>();
  for (const { decision, order } of settled) {
    if (order?.status !== 'PAID') continue;
    const fresh = decision.kind === 'paid';
    const repeated = decision.kind === 'nothing' && !orders.has(order.orderId);
    if (fresh || repeated) orders.set(order.orderId, { ...order, fresh });
  }
  return [...orders.values()];
}
