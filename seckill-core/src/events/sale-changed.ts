import { Type } from 'typebox';
import { SaleId } from '../domain/fields.ts';
import { defineBroadcast } from './define-event.ts';

/** The settings of a sale have changed: read them again. */
export const saleChanged = defineBroadcast('sale-changed', Type.Object({ saleId: SaleId, version: Type.Integer() }));
