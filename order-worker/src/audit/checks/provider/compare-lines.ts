import type { StatementLine } from '../../../payments/provider.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { type BookedPayment, type BookedRefund, readBooked } from './booked-payments.ts';

/** What has moved more recently may be in flight. */
export const RECENT_MS = 10_000;

/**
 * `here`: only the books have it. `there`: only the provider has it. `other`: the amounts differ. `unknown`: a refund that was not begun here. `twice`: a
 * refund that was settled outside the provider.
 */
type Fault = 'here' | 'there' | 'other' | 'unknown' | 'twice';

export interface Difference {
  kind: StatementLine['kind'];
  fault: Fault;
  orderId: string;
  paymentId: string;
  refundId?: string | undefined;
  /** What the provider says; undefined if it says nothing of it. */
  line?: StatementLine | undefined;
  /** What the books say. */
  booked: { state: string; amountCents: number; currency: string } | undefined;
}

/** Compares what a provider says with the sale's payments. Leaves out other sales' lines, and what moved a moment ago. */
export async function compareLines(
  { prisma, sale, clock }: Pick<AuditContext, 'prisma' | 'sale' | 'clock'>,
  provider: string,
  lines: readonly StatementLine[],
): Promise<Difference[]> {
  const old = lines.filter(({ at }) => at < clock.now() - RECENT_MS);
  if (old.length === 0) return [];
  const ids = [...new Set(old.map(({ paymentId }) => paymentId))];
  const booked = await readBooked(prisma, { saleId: sale.id, provider }, ids);
  return old.flatMap((line) => {
    const payment = booked.get(line.paymentId);
    return payment === undefined ? [] : (compare(line, payment) ?? []);
  });
}

function compare(line: StatementLine, payment: BookedPayment): Difference | undefined {
  const { paymentId, orderId, status, amountCents, currency } = payment;
  const found = (fault: Fault, booked: Difference['booked'], refundId?: string): Difference => ({
    kind: line.kind,
    fault,
    orderId,
    paymentId,
    refundId,
    line,
    booked,
  });
  if (line.kind === 'payment') {
    const booked = { state: status, amountCents, currency };
    if (!payment.isReceived) return found('there', booked);
    return isSameMoney(line, payment) ? undefined : found('other', booked);
  }
  const refund = refundOf(line, payment.refunds);
  if (refund === undefined) return found('unknown', undefined, line.refundId);
  if (refund.settledOutside) return found('twice', refund, refund.refundId);
  if (!isSameMoney(line, refund)) return found('other', refund, refund.refundId);
  return refund.state === 'DONE' ? undefined : found('there', refund, refund.refundId);
}

/** A statement that does not name refunds names their payments and amounts. */
function refundOf(line: StatementLine, refunds: readonly BookedRefund[]): BookedRefund | undefined {
  if (line.refundId !== undefined) return refunds.find(({ refundId }) => refundId === line.refundId);
  const alike = refunds.filter((refund) => isSameMoney(line, refund));
  const ofProvider = alike.filter(({ settledOutside }) => !settledOutside);
  return ofProvider.find(({ state }) => state !== 'DONE') ?? ofProvider[0] ?? alike[0];
}

type Money = { amountCents: number; currency: string };

const isSameMoney = (a: Money, b: Money): boolean => a.amountCents === b.amountCents && a.currency === b.currency;
