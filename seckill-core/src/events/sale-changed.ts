import { Type } from 'typebox';
import { UUID_PATTERN } from '../domain/ids.ts';
import { defineBroadcast } from './define-event.ts';

/** The settings of a sale have changed: read them again. */
export const saleChanged = defineBroadcast(
  'sale-changed',
  Type.Object({ saleId: Type.String({ pattern: UUID_PATTERN }), version: Type.Integer() }),
);
