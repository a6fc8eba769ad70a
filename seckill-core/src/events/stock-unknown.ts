import { Type } from 'typebox';
import { ItemId } from '../domain/fields.ts';
import { defineBroadcast } from './define-event.ts';

/** A gateway met an item whose stock Redis does not know: a worker rebuilds it. */
export const stockUnknown = defineBroadcast('stock-unknown', Type.Object({ itemId: ItemId }));
