import type { AuditContext } from '../../evidence/audit-context.ts';
import { readBooked } from './booked-payments.ts';
import { compareLines, type Difference } from './compare-lines.ts';

/** What one provider says, beside the books. */
export interface Compared {
  provider: string;
  /** Why it could not be compared. */
  away?: string;
  differences: Difference[];
  days: number;
  /** Days whose statements were there. */
  statements: number;
  /** Payments and refunds that no statement named, and how many of these the provider was asked for. */
  due: number;
  questions: number;
}

/** Returns the differences between what the provider said and the books as they are now. */
export async function stillDiffering(
  context: Pick<AuditContext, 'prisma' | 'sale' | 'clock'>,
  { provider, differences }: { provider: string; differences: readonly Difference[] },
): Promise<Difference[]> {
  if (differences.length === 0) return [];
  const lines = differences.flatMap(({ line }) => line ?? []);
  const onlyHere = differences.filter(({ line }) => line === undefined);
  const ids = onlyHere.map(({ paymentId }) => paymentId);
  const booked = await readBooked(context.prisma, { saleId: context.sale.id, provider }, ids);
  const isStill = ({ kind, paymentId, refundId }: Difference): boolean => {
    const payment = booked.get(paymentId);
    return kind === 'payment'
      ? payment?.isReceived === true
      : payment?.refunds.some((refund) => refund.refundId === refundId && refund.state === 'DONE') === true;
  };
  return [...(await compareLines(context, provider, lines)), ...onlyHere.filter(isStill)];
}
