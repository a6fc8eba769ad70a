import type { PaymentReceived } from 'seckill-core';
import type { PaymentStatus, PrismaClient } from 'seckill-prisma';
import type { OrderState } from '../orders/order-state.ts';
import { retryOnConflict } from '../servers/retry-on-conflict.ts';
import { loadStatement } from '../servers/statement.ts';
import { decidePayment, type PaymentDecision, type PaymentSeen } from './decide-payment.ts';

const lockOrders = loadStatement(import.meta.url, 'lock-orders');
const lockPayments = loadStatement(import.meta.url, 'lock-payments');
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

interface LockedPayment extends PaymentSeen {
  paymentId: string;
  hasRefund: boolean;
}

/** Decides and writes a batch of payments in one transaction. Returns one decision for each event, in order. */
export function settlePayments(
  prisma: PrismaClient,
  events: readonly PaymentReceived[],
  { forgotten = false }: SettlementOptions = {},
): Promise<SettledPayment[]> {
  return retryOnConflict(() =>
    prisma.$transaction(
      async (tx) => {
        const orders = await tx.$queryRawUnsafe<PaidOrder[]>(
          lockOrders,
          events.map((event) => event.orderId),
        );
        const payments = await tx.$queryRawUnsafe<LockedPayment[]>(
          lockPayments,
          events.map((event) => event.paymentId),
        );
        if (forgotten) reopenForgotten(orders, payments);
        const plan = planSettlement(events, orders, payments);
        if (plan.payments.size === 0) return plan.settled;
        const moved = await tx.$queryRawUnsafe<{ orderId: string; settledAt: number }[]>(settleStatement, ...parametersOf(plan));
        if (moved.length !== plan.moves.length) throw new Error('An order changed while its row was locked.');
        for (const { orderId, settledAt } of moved) {
          const order = orders.find((each) => each.orderId === orderId);
          if (order !== undefined) order.settledAt = settledAt;
        }
        return plan.settled;
      },
      { maxWait: 5_000, timeout: 20_000 },
    ),
  );
}

function reopenForgotten(orders: readonly PaidOrder[], payments: readonly LockedPayment[]): void {
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
  refunds: { event: PaymentReceived; reason: string }[];
  moves: { orderId: string; version: number; status: 'PAID' | 'REFUNDED' }[];
}

/** Each decision sees those before it in the batch: of two payments of one order, the second is refunded. */
function planSettlement(events: readonly PaymentReceived[], orders: PaidOrder[], payments: readonly LockedPayment[]): Plan {
  const orderOf = new Map(orders.map((order) => [order.orderId, order]));
  const paymentOf = new Map(payments.map((payment) => [payment.paymentId, payment]));
  const plan: Plan = { settled: [], payments: new Map(), refunds: [], moves: [] };
  for (const event of events) {
    const payment = paymentOf.get(event.paymentId);
    const order = orderOf.get(event.orderId);
    const decision = decidePayment(event, payment, order);
    plan.settled.push({ event, decision, order });
    if (payment === undefined || order === undefined || decision.kind === 'unknown' || decision.kind === 'nothing') continue;
    payment.status = decision.kind === 'failed' ? 'FAILED' : decision.kind === 'paid' ? 'SUCCEEDED' : 'REFUNDED';
    plan.payments.set(event.paymentId, payment.status);
    if (decision.kind === 'refund') plan.refunds.push({ event, reason: decision.reason });
    const status =
      decision.kind === 'paid' ? 'PAID' : decision.kind === 'refund' && decision.order === 'REFUNDED' ? 'REFUNDED' : undefined;
    if (status === undefined) continue;
    plan.moves.push({ orderId: order.orderId, version: order.version, status });
    order.status = status;
    order.version += 1;
  }
  return plan;
}

function parametersOf({ payments, refunds, moves }: Plan): unknown[] {
  return [
    [...payments.keys()],
    [...payments.values()],
    refunds.map(({ event }) => event.paymentId),
    refunds.map(({ event }) => event.orderId),
    refunds.map(({ event }) => event.amountCents),
    refunds.map(({ event }) => event.currency),
    refunds.map(({ reason }) => reason),
    moves.map((move) => move.orderId),
    moves.map((move) => move.version),
    moves.map((move) => move.status),
  ];
}
