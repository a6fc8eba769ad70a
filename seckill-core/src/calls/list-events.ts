import { Type } from 'typebox';
import { IsoTime, OrderId, SaleId } from '../domain/fields.ts';
import { ORDER_EVENTS } from '../events/order-event.ts';

/** Where a reader of order events begins. */
export const EventsFrom = Type.String({
  pattern: '^(beginning|now|[1-9][0-9]{0,14}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,16}(Z|[+-][0-9]{2}:[0-9]{2}))$',
  description: 'beginning, now, a time (ISO 8601), or a position in SECKILL_ORDERS',
});
export const EventType = Type.Enum([...ORDER_EVENTS]);
export const EventCursor = Type.String({ pattern: '^[A-Za-z0-9_-]{1,400}$' });

/** An order event as CloudEvents 1.0 in JSON, with the id that it has in the stream. */
export const ListedEvent = Type.Object({
  specversion: Type.Literal('1.0'),
  id: Type.String({ description: 'unique in its source. The same event may be listed twice: skip an id that you have' }),
  source: Type.String(),
  type: Type.String(),
  subject: OrderId,
  time: IsoTime,
  datacontenttype: Type.Literal('application/json'),
  data: Type.Record(Type.String(), Type.Unknown()),
});

export const listEventsRequest = Type.Object({
  /** Without it and without a cursor: the beginning. */
  from: Type.Optional(EventsFrom),
  /** The `nextCursor` of the page before. It goes before `from`. */
  cursor: Type.Optional(EventCursor),
  limit: Type.Integer({ minimum: 1, maximum: 100 }),
  saleId: Type.Optional(SaleId),
  type: Type.Optional(EventType),
});
