import { type Static, Type } from 'typebox';
import { IsoTime, ItemId, OrderId, PaymentId, SaleId, Text } from '../domain/fields.ts';
import { UUID_PATTERN } from '../domain/ids.ts';
import { OrderStatus } from '../domain/order.ts';
import { RefundReason, RefundState } from '../domain/refund.ts';
import { UserId } from '../domain/user-id.ts';
import { Order } from './order-views.ts';
import { SagaView } from './saga-views.ts';

const Cents = Type.Integer({ description: "in the currency's minor unit" });
export const RefundId = Type.String({ pattern: UUID_PATTERN });

const AdminPayment = Type.Object({
  paymentId: PaymentId,
  provider: Type.String(),
  providerRef: Type.Optional(Type.String({ description: "the provider's own id of the checkout" })),
  status: Type.String({ description: 'CREATED, SUCCEEDED, FAILED, CLOSED, or REFUNDED: no order keeps its money' }),
  amountCents: Cents,
  currency: Type.String(),
  createdAt: IsoTime,
  paidAt: Type.Optional({ ...IsoTime, description: "on the provider's clock" }),
  receivedAt: Type.Optional({ ...IsoTime, description: 'when its result was handled' }),
  closedAt: Type.Optional(IsoTime),
});

const AdminRefund = Type.Object({
  refundId: RefundId,
  paymentId: PaymentId,
  state: RefundState,
  amountCents: Cents,
  currency: Type.String(),
  reason: RefundReason,
  note: Type.Optional(Type.String({ description: 'what the operator wrote' })),
  requestedBy: Type.Optional(Type.String()),
  returnUnits: Type.Boolean({ description: "the order's units go back to sale once all its money has gone back" }),
  attempts: Type.Integer(),
  createdAt: IsoTime,
  sentAt: Type.Optional(IsoTime),
  nextTryAt: Type.Optional({ ...IsoTime, description: 'while it is under way' }),
  doneAt: Type.Optional(IsoTime),
  refusedAt: Type.Optional(IsoTime),
  refusedReason: Type.Optional(Type.String({ description: "the provider's" })),
  retriedBy: Type.Optional({ ...RefundId, description: 'the refund that was begun in its place' }),
  settledBy: Type.Optional(
    Type.String({ description: 'the operator who settled it outside the provider, such as by bank transfer' }),
  ),
  settledNote: Type.Optional(Type.String({ description: 'how they settled it' })),
});

const TimelineEntry = Type.Object({
  at: IsoTime,
  what: Type.Enum([
    ...['reserved', 'created', 'payment-begun', 'payment-received', 'paid', 'cancelled'],
    ...['refund-decided', 'refund-done', 'refund-refused', 'refunded'],
    ...['saga-begun', 'step-done', 'step-failed', 'step-refused', 'step-skipped', 'step-undone', 'step-kept'],
    ...['saga-stuck', 'saga-retried', 'saga-turned-back', 'saga-completed', 'saga-compensated'],
  ]),
  id: Type.Optional(Type.String({ description: 'of the payment or the refund; the name of the step or the saga' })),
  note: Type.Optional(Type.String({ description: 'what a step of a saga says' })),
});

/** An order in a list of the operator's. */
export const ListedOrder = Type.Object({ ...Order.properties, userId: UserId });

/** What the operator looks for. All parts must hold. */
export const OrderFilter = {
  q: Type.Optional({
    ...Text(1, 255),
    description: 'the beginning of a user id or an order number, or words of the titles of the item and its sale',
  }),
  saleId: Type.Optional(SaleId),
  itemId: Type.Optional(ItemId),
  userId: Type.Optional(UserId),
  status: Type.Optional(Type.Enum(OrderStatus.anyOf.map((each) => each.const))),
  from: Type.Optional({ ...IsoTime, description: 'made at this time or later' }),
  to: Type.Optional({ ...IsoTime, description: 'made before this time' }),
};

/** An order with all that the operator may know of it. */
export const AdminOrder = Type.Object({
  ...Order.properties,
  userId: UserId,
  reservedAt: IsoTime,
  payments: Type.Array(AdminPayment),
  refunds: Type.Array(AdminRefund),
  refundableCents: Type.Integer({ description: 'what an operator can still give back' }),
  timeline: Type.Array(TimelineEntry, { description: 'the oldest first' }),
  saga: Type.Optional(SagaView),
});
export type AdminOrder = Static<typeof AdminOrder>;

export const RefundWish = Type.Object({
  amountCents: Type.Optional({ ...Type.Integer({ minimum: 1 }), description: 'default: all that can still be given back' }),
  reason: { ...Text(1, 500), description: 'for the books; buyers do not see it' },
  returnUnits: Type.Boolean({
    description:
      'whether the units go back to sale once all money of the order has gone back; otherwise the stock shrinks by as many',
  }),
});

export const refundOrderRequest = Type.Object({
  orderId: OrderId,
  ...RefundWish.properties,
  /** Idempotency key: the same id refunds once. */
  requestId: Text(1, 100),
});
export const retryRefundRequest = Type.Object({ orderId: OrderId, refundId: RefundId });

export const RefundSettled = Type.Object({
  note: { ...Text(1, 500), description: 'how the buyer got the money, for the books; buyers do not see it' },
});
export const settleRefundRequest = Type.Object({ orderId: OrderId, refundId: RefundId, ...RefundSettled.properties });

/** A refund that its provider has refused, and that no other one has replaced. */
export const RefusedRefund = Type.Object({
  refundId: RefundId,
  orderId: OrderId,
  paymentId: PaymentId,
  provider: Type.String(),
  amountCents: Cents,
  currency: Type.String(),
  reason: RefundReason,
  refusedAt: IsoTime,
  refusedReason: Type.String(),
});
