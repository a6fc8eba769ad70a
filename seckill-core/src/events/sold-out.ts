import { Type } from 'typebox';
import { ItemId } from '../domain/fields.ts';
import { defineBroadcast } from './define-event.ts';

/** A gateway saw the last unit go. */
export const soldOut = defineBroadcast('sold-out', Type.Object({ itemId: ItemId }));
