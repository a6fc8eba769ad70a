import { Type } from 'typebox';
import { defineBroadcast } from './define-event.ts';

/** Rules or lists of risk control have changed: read them again. */
export const riskChanged = defineBroadcast('risk-changed', Type.Object({ version: Type.Integer() }));
