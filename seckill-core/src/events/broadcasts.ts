import { Type } from 'typebox';
import { ITEM_ID_PATTERN, UUID_PATTERN } from '../domain/ids.ts';
import { defineEvent } from './define-event.ts';

const item = Type.Object({ itemId: Type.String({ pattern: ITEM_ID_PATTERN }) });

/** Core NATS, to every gateway and worker; a missed one is healed by polling, so none is stored. */
export const broadcasts = {
  /** Settings of a sale have changed: read it anew. */
  saleChanged: defineEvent({
    name: 'sale-changed',
    schema: Type.Object({ saleId: Type.String({ pattern: UUID_PATTERN }), version: Type.Integer() }),
    subject: () => 'seckill.broadcast.sale-changed',
    messageId: (event) => `${event.saleId}:${event.version}`,
  }),
  /** A gateway saw the last unit go. */
  soldOut: defineEvent({
    name: 'sold-out',
    schema: item,
    subject: () => 'seckill.broadcast.sold-out',
    messageId: (event) => event.itemId,
  }),
  /** Units of a sold-out item came back. */
  restocked: defineEvent({
    name: 'restocked',
    schema: item,
    subject: () => 'seckill.broadcast.restocked',
    messageId: (event) => event.itemId,
  }),
  /** A gateway met an item whose stock Redis does not know: workers rebuild it. */
  stockUnknown: defineEvent({
    name: 'stock-unknown',
    schema: item,
    subject: () => 'seckill.broadcast.stock-unknown',
    messageId: (event) => event.itemId,
  }),
} as const;
