import { type Static, Type } from 'typebox';
import { ItemId } from '../domain/fields.ts';
import { defineBroadcast } from './define-event.ts';

/** Items in one message. */
export const MOST_HEATED = 20;

/** Sent once a second by each gateway that has many attempts to buy: its most wanted items. Gateways add them up to find the hot items of all. */
export const itemHeat = defineBroadcast(
  'item-heat',
  Type.Object({
    gatewayId: Type.String({ minLength: 1, maxLength: 64 }),
    items: Type.Array(Type.Object({ itemId: ItemId, perSecond: Type.Number({ minimum: 0 }) }), { maxItems: MOST_HEATED }),
  }),
);
export type ItemHeat = Static<typeof itemHeat.schema>;
