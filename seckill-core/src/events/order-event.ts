import { type Static, Type } from 'typebox';
import { ITEM_ID_PATTERN, RESERVATION_ID_PATTERN, USER_ID_PATTERN, UUID_PATTERN } from '../domain/ids.ts';
import { defineEvent } from './define-event.ts';

export const ORDER_EVENTS = ['created', 'paid', 'cancelled', 'rejected', 'refunded'] as const;
export type OrderEventName = (typeof ORDER_EVENTS)[number];

/** A fact of an order's life, for every listener. `reason` goes with cancelled, rejected and refunded. */
export const orderEvent = defineEvent({
  name: 'order-event',
  schema: Type.Object({
    event: Type.Enum(ORDER_EVENTS),
    orderId: Type.String({ pattern: RESERVATION_ID_PATTERN }),
    saleId: Type.String({ pattern: UUID_PATTERN }),
    itemId: Type.String({ pattern: ITEM_ID_PATTERN }),
    userId: Type.String({ pattern: USER_ID_PATTERN }),
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
