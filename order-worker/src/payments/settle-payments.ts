import type { OrderNotice, PaymentReceived, RefundReason } from 'seckill-core';
import type { PaymentStatus, PrismaClient } from 'seckill-prisma';
import type { OrderState } from '../orders/order-state.ts';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import { decidePayment, type PaymentDecision, type PaymentSeen } from './decide-payment.ts';

const readStatement = loadStatement(import.meta.url, 'reported-payments');
const settleStatement = loadStatement(import.meta.url, 'settle-payments');

export interface SettledPayment {
  event: PaymentReceived;
  decision: PaymentDecision;
  /** The order after the transaction; undefined if there is none. */
  order: PaidOrder | undefined;
}

export type PaidOrder = Omit<OrderState, 'status'> & { status: Exclude<OrderState['status'], 'REJECTED'>; version: number };

export interface SettlementOptions {
  /** For the audit: treats a payment that was received, but has neither a PAID order nor a refund, as not received yet. */
  forgotten?: boolean;
}

interface ReadPayment extends PaymentSeen {
  paymentId: string;
  hasRefund: boolean;
}

type Moved = Pick<PaidOrder, 'orderId' | 'settledAt'>;

/** Another transaction changed an order or a payment after it was read. Its code is that of a serialisation failure, so the work is retried. */
class ReadIsStale extends Error {
  override readonly name = 'ReadIsStale';
  readonly code = '40001';
}

/**
 * Reads, decides and writes a batch of payments. Only the write takes locks, in a single statement, and only if what was read is still true.
 * Returns one decision for each event, in order.
 */
export function settlePayments(
  prisma: PrismaClient,
  events: readonly PaymentReceived[],
  { forgotten = false }: SettlementOptions = {},
): Promise<SettledPayment[]> {
  return retryOnConflict(async () => {
    const { orders, payments } = await read(prisma, events);
    const seen = parametersOfSeen(orders, payments);
    if (forgotten) reopenForgotten(orders, payments);
    const plan = planSettlement(events, orders, payments);
    if (plan.payments.size > 0) await write(prisma, plan, seen, orders);
    return plan.settled;
  });
}

async function read(prisma: PrismaClient, events: readonly PaymentReceived[]) {
  const [found] = await prisma.$queryRawUnsafe<{ orders: PaidOrder[] | null; payments: ReadPayment[] | null }[]>(
    readStatement,
    events.map((event) => event.orderId),
    events.map((event) => event.paymentId),
  );
  return { orders: found?.orders ?? [], payments: found?.payments ?? [] };
}

async function write(prisma: PrismaClient, plan: Plan, seen: unknown[], orders: readonly PaidOrder[]): Promise<void> {
  const [written] = await prisma.$queryRawUnsafe<{ stale: number; moved: Moved[] | null }[]>(
    settleStatement,
    ...parametersOf(plan),
    ...seen,
    plan.paidAt,
    ...parametersOfNotices(plan),
    ...parametersOfFailures(plan),
    plan.refunds.map(({ version }) => version),
  );
  const { stale = 0, moved } = written ?? {};
  if (stale > 0) throw new ReadIsStale(`${stale} orders or payments changed while ${plan.payments.size} payments were decided.`);
  if ((moved?.length ?? 0) !== plan.paid.length) throw new Error('An order changed while its row was locked.');
  const timesOf = new Map(moved?.map((each) => [each.orderId, each]));
  for (const order of orders) Object.assign(order, timesOf.get(order.orderId));
}

function parametersOfSeen(orders: readonly PaidOrder[], payments: readonly ReadPayment[]): unknown[] {
  return [
    orders.map((order) => order.orderId),
    orders.map((order) => order.version),
    payments.map((payment) => payment.paymentId),
    payments.map((payment) => payment.status),
  ];
}

function reopenForgotten(orders: readonly PaidOrder[], payments: readonly ReadPayment[]): void {
  for (const payment of payments) {
    const order = orders.find(({ orderId }) => orderId === payment.orderId);
    const unpaid = payment.status === 'SUCCEEDED' && order !== undefined && order.status !== 'PAID' && !payment.hasRefund;
    const kept = payment.status === 'REFUNDED' && !payment.hasRefund;
    if (unpaid || kept) payment.status = 'CREATED';
  }
}

interface Plan {
  settled: SettledPayment[];
  payments: Map<string, PaymentStatus>;
  /** When each of them was paid at its provider, ms. */
  paidAt: (number | null)[];
  refunds: { event: PaymentReceived; reason: RefundReason; version: number }[];
  /** Orders. */
  paid: string[];
  /** Events of the payments: that they failed, or that their money goes back. */
  notices: { paymentId: string; event: OrderNotice; orderId: string; version: number; reason: string | null }[];
}

/** Each decision sees those before it in the batch: of two payments of one order, the second is refunded. */
function planSettlement(events: readonly PaymentReceived[], orders: PaidOrder[], payments: readonly ReadPayment[]): Plan {
  const orderOf = new Map(orders.map((order) => [order.orderId, order]));
  const paymentOf = new Map(payments.map((payment) => [payment.paymentId, payment]));
  const plan: Plan = { settled: [], payments: new Map(), paidAt: [], refunds: [], paid: [], notices: [] };
  for (const event of events) {
    const payment = paymentOf.get(event.paymentId);
    const order = orderOf.get(event.orderId);
    const decision = decidePayment(event, payment, order);
    plan.settled.push({ event, decision, order });
    if (payment === undefined || order === undefined || decision.kind === 'unknown' || decision.kind === 'nothing') continue;
    payment.status = decision.kind === 'failed' ? 'FAILED' : decision.kind === 'paid' ? 'SUCCEEDED' : 'REFUNDED';
    plan.payments.set(event.paymentId, payment.status);
    if (decision.kind === 'refund') plan.refunds.push({ event, reason: decision.reason, version: order.version });
    if (decision.kind !== 'paid') {
      plan.notices.push({
        ...noticeOf(decision, event),
        paymentId: event.paymentId,
        orderId: order.orderId,
        version: order.version,
      });
      continue;
    }
    plan.paid.push(order.orderId);
    order.status = 'PAID';
    order.version += 1;
  }
  const paidAt = new Map(plan.settled.map(({ event }) => [event.paymentId, event.paidAt ?? null]));
  plan.paidAt = Array.from(plan.payments.keys(), (id) => paidAt.get(id) ?? null);
  return plan;
}

const noticeOf = (
  { kind }: { kind: 'failed' | 'refund' },
  { reason }: PaymentReceived,
): Pick<Plan['notices'][number], 'event' | 'reason'> =>
  kind === 'failed' ? { event: 'payment-failed', reason: reason ?? null } : { event: 'refund-accepted', reason: null };

const parametersOfNotices = ({ notices }: Plan): unknown[] => [
  notices.map(({ paymentId }) => paymentId),
  notices.map(({ event }) => event),
  notices.map(({ orderId }) => orderId),
  notices.map(({ version }) => version),
  notices.map(({ reason }) => reason),
];

/** For each payment: the version of its order when it failed, and why. */
function parametersOfFailures({ payments, notices }: Plan): unknown[] {
  const failures = new Map(notices.filter(({ event }) => event === 'payment-failed').map((each) => [each.paymentId, each]));
  const failed = Array.from(payments.keys(), (id) => failures.get(id));
  return [failed.map((each) => each?.version ?? null), failed.map((each) => each?.reason ?? null)];
}

function parametersOf({ payments, refunds, paid }: Plan): unknown[] {
  return [
    [...payments.keys()],
    [...payments.values()],
    refunds.map(({ event }) => event.paymentId),
    refunds.map(({ event }) => event.orderId),
    refunds.map(({ event }) => event.amountCents),
    refunds.map(({ event }) => event.currency),
    refunds.map(({ reason }) => reason),
    paid,
  ];
}
