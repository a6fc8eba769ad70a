import { type Static, Type } from 'typebox';
import { ItemId, OrderId, SaleId } from '../domain/fields.ts';
import { UserId } from '../domain/user-id.ts';
import { defineEvent } from './define-event.ts';

export const ORDER_EVENTS = ['created', 'paid', 'cancelled', 'rejected', 'refunded'] as const;
export type OrderEventName = (typeof ORDER_EVENTS)[number];

/** A fact of an order's life, for every listener. `reason` goes with cancelled, rejected and refunded. */
export const orderEvent = defineEvent({
  name: 'order-event',
  schema: Type.Object({
    event: Type.Enum(ORDER_EVENTS),
    orderId: OrderId,
    saleId: SaleId,
    itemId: ItemId,
    userId: UserId,
    quantity: Type.Integer({ minimum: 1 }),
    amountCents: Type.Integer({ minimum: 0 }),
    currency: Type.String(),
    reservedAt: Type.Integer({ description: 'ms' }),
    at: Type.Integer({ description: "ms, PostgreSQL's clock" }),
    payBy: Type.Integer({ description: 'ms; 0 if no order was made' }),
    reason: Type.Optional(Type.String()),
  }),
  subjects: 'seckill.order.*.*',
  /** `*` stands for every event of the sale. */
  subject: ({ event, saleId }: { event: OrderEventName | '*'; saleId: string }) => `seckill.order.${event}.${saleId}`,
  messageId: (event) => `${event.event}:${event.orderId}`,
});
export type OrderEvent = Static<typeof orderEvent.schema>;
