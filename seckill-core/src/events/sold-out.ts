import { Type } from 'typebox';
import { ITEM_ID_PATTERN } from '../domain/ids.ts';
import { defineBroadcast } from './define-event.ts';

/** A gateway saw the last unit go. */
export const soldOut = defineBroadcast('sold-out', Type.Object({ itemId: Type.String({ pattern: ITEM_ID_PATTERN }) }));
