import type { Payment, Refund } from 'seckill-prisma';

/** What an operator can still give back of a PAID order: the payment that it keeps, without the refunds that are not refused. */
export function refundableCents(payments: readonly Payment[], refunds: readonly Refund[]): number {
  const kept = keptPayment(payments);
  if (kept === undefined) return 0;
  const promised = refunds.filter(({ paymentId, state }) => paymentId === kept.id && state !== 'REFUSED');
  return promised.reduce((left, { amountCents }) => left - Number(amountCents), Number(kept.amountCents));
}

/** Undefined for an unpaid order, and for a free one. */
export const keptPayment = (payments: readonly Payment[]): Payment | undefined =>
  payments.find(({ status }) => status === 'SUCCEEDED');
