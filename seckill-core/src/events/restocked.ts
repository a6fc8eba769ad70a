import { Type } from 'typebox';
import { ITEM_ID_PATTERN } from '../domain/ids.ts';
import { defineBroadcast } from './define-event.ts';

/** Units of a sold-out item came back. */
export const restocked = defineBroadcast('restocked', Type.Object({ itemId: Type.String({ pattern: ITEM_ID_PATTERN }) }));
