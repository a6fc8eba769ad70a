import type { PaymentReceived, RefundReason, RefundState } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { OrderState } from '../../orders/order-state.ts';
import { retryOnConflict } from '../../servers/retry-on-conflict.ts';
import { loadStatement } from '../../servers/statement.ts';

const readStatement = 'SELECT describe_refunds($1::uuid[]) AS settled';
const settleStatement = loadStatement(import.meta.url, 'settle-refunds');

/** A refund after the transaction, as settle_refunds returns it. Times in ms. */
export interface SettledRefund {
  refundId: string;
  /** That of its payment. */
  provider: string;
  state: RefundState;
  /** This transaction settled it. */
  changed: boolean;
  amountCents: number;
  reason: RefundReason;
  doneAt: number | null;
  /** What its end did to the order; null if nothing. */
  doneEvent: 'refunded' | 'partly-refunded' | null;
  doneVersion: number | null;
  refusedAt: number | null;
  refusedReason: string | null;
  refusedVersion: number | null;
  retriedBy: string | null;
  /** The operator who settled it outside the provider; null if the provider has done it. */
  settledBy: string | null;
  returnsUnits: boolean;
  /** The refused refund whose place it took. */
  insteadOf: string | null;
  /** Its order is REFUNDED, and the units did not go back to sale. */
  shrinksStock: boolean;
  order: OrderState;
}

type Row = { settled: Omit<SettledRefund, 'order'> & { order: Omit<OrderState, 'reason'> & { reason: string | null } } };

/** Writes what the provider says of refunds, and moves the orders of which all money has gone back. Returns those that exist, by id. Idempotent. */
export async function settleRefunds(
  prisma: PrismaClient,
  events: readonly PaymentReceived[],
): Promise<Map<string, SettledRefund>> {
  if (events.length === 0) return new Map();
  const ids = events.map(({ refundId }) => refundId);
  const providers = events.map(({ provider }) => provider ?? null);
  const outcomes = events.map(({ type }) => (type === 'refund.done' ? 'DONE' : 'REFUSED'));
  const reasons = events.map(({ reason }) => reason ?? 'The provider gave no reason.');
  const rows = await retryOnConflict(() => prisma.$queryRawUnsafe<Row[]>(settleStatement, ids, providers, outcomes, reasons));
  return new Map(rows.map(settledRefund).map((refund) => [refund.refundId, refund]));
}

/** Returns those of the refunds that exist. */
export async function readRefunds(
  prisma: Pick<PrismaClient, '$queryRawUnsafe'>,
  refundIds: readonly string[],
): Promise<SettledRefund[]> {
  return (await prisma.$queryRawUnsafe<Row[]>(readStatement, refundIds)).map(settledRefund);
}

const settledRefund = ({ settled }: Row): SettledRefund => ({
  ...settled,
  order: { ...settled.order, reason: settled.order.reason ?? undefined },
});
