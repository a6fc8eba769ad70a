import { type Static, Type } from 'typebox';
import { ItemId, OrderId, SaleId } from '../domain/fields.ts';
import { UserId } from '../domain/user-id.ts';
import { defineEvent } from './define-event.ts';

/** A win: units of an item were taken from stock for a user. The worker makes the order from it. */
export const stockReserved = defineEvent({
  name: 'stock-reserved',
  schema: Type.Object({
    reservationId: OrderId,
    saleId: SaleId,
    itemId: ItemId,
    userId: UserId,
    quantity: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
    reservedAt: Type.Integer({ minimum: 0, description: "ms, Redis's clock" }),
  }),
  subjects: 'seckill.reserved.*.*',
  subject: ({ saleId, itemId }: { saleId: string; itemId: string }) => `seckill.reserved.${saleId}.${itemId}`,
  messageId: (event) => event.reservationId,
});
export type StockReserved = Static<typeof stockReserved.schema>;
