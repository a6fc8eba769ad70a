import { decimalOf, minorUnitsOf } from 'seckill-core/currency';
import type { AdminOrder, RefundWish } from '../../shared/api/contract.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { amountHint } from '../parts/amount-hint.ts';

/** A refund as typed. */
export interface RefundDraft {
  amount: string;
  reason: string;
  returnUnits: boolean | undefined;
}

export interface RefundFault {
  field: keyof RefundDraft;
  text: string;
}

const LONGEST_REASON = 500;

export const newRefund = ({ refundableCents, currency }: AdminOrder): RefundDraft => ({
  amount: decimalOf(refundableCents, currency),
  reason: '',
  returnUnits: undefined,
});

/** One refund that returns the units is enough. */
export const unitsReturn = ({ refunds }: AdminOrder): boolean =>
  refunds.some(({ state, returnUnits }) => state === 'DONE' && returnUnits);

/** What the API would refuse, in the order of the fields. */
export function faultsOf({ amount, reason, returnUnits }: RefundDraft, order: AdminOrder): RefundFault[] {
  const { refundableCents, currency } = order;
  const cents = minorUnitsOf(amount.trim(), currency) ?? 0;
  const faults: RefundFault[] = [];
  const check = (isRight: boolean, field: keyof RefundDraft, text: string) => {
    if (!isRight) faults.push({ field, text });
  };
  check(cents > 0, 'amount', amountHint('an amount', currency));
  check(cents <= refundableCents, 'amount', `At most ${formatMoney(refundableCents, currency, 'en-GB')} can go back.`);
  check(reason.trim() !== '', 'reason', 'Enter a reason.');
  check(reason.trim().length <= LONGEST_REASON, 'reason', `At most ${LONGEST_REASON} characters.`);
  check(returnUnits !== undefined || unitsReturn(order), 'returnUnits', 'Choose one.');
  return faults;
}

/** The request's body. Only for a draft without faults. */
export const wishOf = ({ amount, reason, returnUnits }: RefundDraft, order: AdminOrder): Required<RefundWish> => ({
  amountCents: minorUnitsOf(amount.trim(), order.currency) ?? 0,
  reason: reason.trim(),
  returnUnits: returnUnits === true || unitsReturn(order),
});
