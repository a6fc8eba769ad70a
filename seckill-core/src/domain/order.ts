import { type Static, Type } from 'typebox';

export const OrderStatus = Type.Union([
  Type.Literal('PENDING_PAYMENT'),
  Type.Literal('PAID'),
  Type.Literal('CANCELLED'),
  Type.Literal('REFUNDED'),
]);
export type OrderStatus = Static<typeof OrderStatus>;

/** The legal moves. An order is REFUNDED once all money that was received for it has gone back: it came after the cancel, or an operator refunded it. */
export const ORDER_MOVES: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING_PAYMENT: ['PAID', 'CANCELLED'],
  PAID: ['REFUNDED'],
  CANCELLED: ['REFUNDED'],
  REFUNDED: [],
};

/** Orders that hold units of their item. */
export const LIVE_ORDER: ReadonlySet<OrderStatus> = new Set(['PENDING_PAYMENT', 'PAID']);

export const CancelReason = Type.Union([Type.Literal('unpaid'), Type.Literal('buyer')]);
export type CancelReason = Static<typeof CancelReason>;
