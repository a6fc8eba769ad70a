import { type Static, Type } from 'typebox';
import { Count, IsoTime, ItemId, OrderId, ProviderNames, SaleId } from '../domain/fields.ts';
import { OrderStatus } from '../domain/order.ts';
import { RefundReason } from '../domain/refund.ts';

/** How many orders of a sale are in each status; `rejected` counts reservations that got none. */
export const OrderCounts = Type.Object({
  pendingPayment: Count,
  paid: Count,
  cancelled: Count,
  refunded: Count,
  rejected: Count,
});

/** Money of paid orders, one entry for each currency, in its minor unit. */
export const Revenue = Type.Array(Type.Object({ currency: Type.String(), cents: Count }));

/** Money that goes back, as the buyer sees it. */
const RefundView = Type.Object({
  state: Type.Union([Type.Literal('UNDER_WAY'), Type.Literal('DONE'), Type.Literal('REFUSED')], {
    description: 'DONE and REFUSED: the payment provider says so. After REFUSED an operator has to act',
  }),
  amountCents: Type.Integer({ description: "in the currency's minor unit" }),
  currency: Type.String({ description: 'that of the money received' }),
  reason: RefundReason,
  at: { ...IsoTime, description: 'when it was decided, done or refused' },
});

/** An order as its buyer and the operator see it. */
export const Order = Type.Object({
  orderId: OrderId,
  reservationId: OrderId,
  saleId: SaleId,
  itemId: ItemId,
  title: Type.String({ description: "the item's" }),
  quantity: Type.Integer(),
  amountCents: Type.Integer(),
  currency: Type.String(),
  status: OrderStatus,
  payBy: IsoTime,
  createdAt: IsoTime,
  settledAt: Type.Optional({ ...IsoTime, description: 'when it was paid or cancelled' }),
  refundedAt: Type.Optional(IsoTime),
  reason: Type.Optional(Type.String({ description: 'why it was cancelled: "unpaid" or "buyer"' })),
  refunds: Type.Optional(Type.Array(RefundView, { description: 'the oldest first; missing if no money goes back' })),
  paymentProviders: Type.Optional({
    ...ProviderNames,
    description: 'while it can be paid: those to choose from, the usual one first',
  }),
});
export type Order = Static<typeof Order>;
