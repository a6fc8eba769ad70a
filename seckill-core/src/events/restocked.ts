import { Type } from 'typebox';
import { ItemId } from '../domain/fields.ts';
import { defineBroadcast } from './define-event.ts';

/** Units of a sold-out item came back. */
export const restocked = defineBroadcast('restocked', Type.Object({ itemId: ItemId }));
