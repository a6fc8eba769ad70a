import type { AdminOrder, AdminRefund } from '../../shared/api/contract.ts';

export const ORDER_NAMES: Readonly<Record<AdminOrder['status'], string>> = {
  PENDING_PAYMENT: 'Awaiting payment',
  PAID: 'Paid',
  CANCELLED: 'Cancelled',
  REFUNDED: 'Refunded',
};

export const REFUND_REASONS: Readonly<Record<AdminRefund['reason'], string>> = {
  'order-cancelled': 'The money came after the order was cancelled.',
  'already-paid': 'The order was already paid.',
  'wrong-amount': 'The amount or the currency was not that of the order.',
  'wrong-payer': 'Another account than the buyer’s paid.',
  operator: 'Decided by an operator.',
};

export const REFUND_STATES: Readonly<Record<AdminRefund['state'], { name: string; tone: string }>> = {
  DECIDED: { name: 'Not sent yet', tone: 'tone-info' },
  SENT: { name: 'Sent', tone: 'tone-info' },
  PENDING: { name: 'With the provider', tone: 'tone-wait' },
  DONE: { name: 'Refunded', tone: 'tone-good' },
  REFUSED: { name: 'Refused', tone: 'tone-bad' },
};

export const isUnderWay = ({ state }: AdminRefund): boolean => state !== 'DONE' && state !== 'REFUSED';

export const HAPPENINGS: Readonly<Record<AdminOrder['timeline'][number]['what'], string>> = {
  reserved: 'Won',
  created: 'Ordered',
  'payment-begun': 'Checkout opened',
  'payment-received': 'Money received',
  paid: 'Paid',
  cancelled: 'Cancelled',
  'refund-decided': 'Refund decided',
  'refund-done': 'Refund done',
  'refund-refused': 'Refund refused',
  refunded: 'All money is back',
  'saga-begun': 'What follows the payment began',
  'step-done': 'Done',
  'step-failed': 'Failed, and is tried again',
  'step-refused': 'Refused',
  'step-skipped': 'Skipped',
  'step-undone': 'Undone',
  'step-kept': 'Kept',
  'saga-stuck': 'Stuck',
  'saga-retried': 'Tried again',
  'saga-turned-back': 'Turned back',
  'saga-completed': 'What follows the payment is complete',
  'saga-compensated': 'All steps are undone',
};
