import { type Static, Type } from 'typebox';

/** Why money goes back. All but `operator` are decided when a payment arrives, and give back all of it. */
export const RefundReason = Type.Union([
  Type.Literal('order-cancelled'),
  Type.Literal('already-paid'),
  Type.Literal('wrong-amount'),
  Type.Literal('wrong-payer'),
  Type.Literal('operator'),
]);
export type RefundReason = Static<typeof RefundReason>;

/** DECIDED → SENT (the call to the provider may have arrived) → PENDING (the provider has it) → DONE or REFUSED, as the provider says. */
export const RefundState = Type.Union([
  Type.Literal('DECIDED'),
  Type.Literal('SENT'),
  Type.Literal('PENDING'),
  Type.Literal('DONE'),
  Type.Literal('REFUSED'),
]);
export type RefundState = Static<typeof RefundState>;
