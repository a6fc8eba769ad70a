import { type Static, Type } from 'typebox';

export const OrderStatus = Type.Union([
  Type.Literal('PENDING_PAYMENT'),
  Type.Literal('PAID'),
  Type.Literal('CANCELLED'),
  Type.Literal('REFUNDED'),
]);
export type OrderStatus = Static<typeof OrderStatus>;

/** The legal moves. Money that arrives after CANCELLED is refunded. */
export const ORDER_MOVES: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING_PAYMENT: ['PAID', 'CANCELLED'],
  PAID: [],
  CANCELLED: ['REFUNDED'],
  REFUNDED: [],
};

/** Orders that hold units of their item. */
export const LIVE_ORDER: ReadonlySet<OrderStatus> = new Set(['PENDING_PAYMENT', 'PAID']);

export const CancelReason = Type.Union([Type.Literal('unpaid'), Type.Literal('buyer')]);
export type CancelReason = Static<typeof CancelReason>;
