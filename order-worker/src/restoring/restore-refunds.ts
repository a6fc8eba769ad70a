import type { PaymentReceived, RefundOfEvent } from 'seckill-core';
import { readOrderEvents } from '../audit/evidence/order-events.ts';
import { settleRefunds } from '../payments/refunds/settle-refunds.ts';
import { loadStatement } from '../servers/statement.ts';
import type { RestoreSource } from './source.ts';

const refundsStatement = loadStatement(import.meta.url, 'restore-refunds');

/** What the sale's events after this position say of refunds that have not the id of their payment: why, and what becomes of the units. */
export async function readRefundEvents(source: RestoreSource, after: number): Promise<Map<string, RefundOfEvent>> {
  const known = new Map<string, RefundOfEvent>();
  for (const name of ['refund-refused', 'partly-refunded', 'refunded'] as const) {
    for await (const { refund } of readOrderEvents(source, name, { after })) {
      if (refund?.reason === 'operator' || refund?.insteadOf !== undefined) known.set(refund.refundId, refund);
    }
  }
  return known;
}

/** Writes the refunds that PostgreSQL has lost, and settles what was reported of their ends, in this order. Resolves to the payments of those that changed. */
export async function restoreRefunds(
  { prisma }: Pick<RestoreSource, 'prisma'>,
  reports: readonly PaymentReceived[],
  known: ReadonlyMap<string, RefundOfEvent>,
): Promise<string[]> {
  const ended: string[] = [];
  for (const together of inTurn(reports, known)) {
    const lost = together.map(({ reason: _, ...report }) => ({ ...report, ...known.get(report.refundId ?? '') }));
    await prisma.$executeRawUnsafe(refundsStatement, JSON.stringify(lost));
    const settled = await settleRefunds(prisma, together);
    ended.push(...together.filter(({ refundId = '' }) => settled.get(refundId)?.changed).map(({ paymentId }) => paymentId));
  }
  return ended;
}

/** A refund that took the place of another is written once that one is REFUSED. */
function inTurn(reports: readonly PaymentReceived[], known: ReadonlyMap<string, RefundOfEvent>): PaymentReceived[][] {
  const turns: PaymentReceived[][] = [];
  for (const report of reports) {
    const last = turns.at(-1);
    if (last === undefined || known.get(report.refundId ?? '')?.insteadOf !== undefined) turns.push([report]);
    else last.push(report);
  }
  return turns;
}
