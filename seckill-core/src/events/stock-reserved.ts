import { type Static, Type } from 'typebox';
import { ITEM_ID_PATTERN, RESERVATION_ID_PATTERN, USER_ID_PATTERN, UUID_PATTERN } from '../domain/ids.ts';
import { defineEvent } from './define-event.ts';

/** A win: units of an item were taken from stock for a user. The worker makes the order from it. */
export const stockReserved = defineEvent({
  name: 'stock-reserved',
  schema: Type.Object({
    reservationId: Type.String({ pattern: RESERVATION_ID_PATTERN }),
    saleId: Type.String({ pattern: UUID_PATTERN }),
    itemId: Type.String({ pattern: ITEM_ID_PATTERN }),
    userId: Type.String({ pattern: USER_ID_PATTERN }),
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    reservedAt: Type.Integer({ minimum: 0, description: "ms, Redis's clock" }),
  }),
  subjects: 'seckill.reserved.*.*',
  subject: ({ saleId, itemId }: { saleId: string; itemId: string }) => `seckill.reserved.${saleId}.${itemId}`,
  messageId: (event) => event.reservationId,
});
export type StockReserved = Static<typeof stockReserved.schema>;
