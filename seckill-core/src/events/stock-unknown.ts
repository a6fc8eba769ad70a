import { Type } from 'typebox';
import { ITEM_ID_PATTERN } from '../domain/ids.ts';
import { defineBroadcast } from './define-event.ts';

/** A gateway met an item whose stock Redis does not know: a worker rebuilds it. */
export const stockUnknown = defineBroadcast('stock-unknown', Type.Object({ itemId: Type.String({ pattern: ITEM_ID_PATTERN }) }));
