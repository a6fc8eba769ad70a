import { Type } from 'typebox';
import { ITEM_ID_PATTERN, RESERVATION_ID_PATTERN, UUID_PATTERN } from './ids.ts';
import { TEXT_PATTERN } from './text.ts';

/** Schemas of single fields, shared by events, calls and HTTP routes. */
export const SaleId = Type.String({ pattern: UUID_PATTERN });
export const ItemId = Type.String({ pattern: ITEM_ID_PATTERN });
export const OrderId = Type.String({ pattern: RESERVATION_ID_PATTERN });
export const PaymentId = Type.String({ pattern: UUID_PATTERN });
export const ProviderName = Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'the name of a payment provider' });
/** Which providers a buyer may choose from, the usual one first. */
export const ProviderNames = Type.Array(ProviderName, { maxItems: 20, uniqueItems: true });
export const Currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217' });
export const IsoTime = Type.String({ format: 'date-time', description: 'ISO 8601, UTC' });
/** Free text. Any other schema of a text input has a pattern, a format or a list of values: none of them admits U+0000. */
export const Text = (minLength: number, maxLength: number) => Type.String({ minLength, maxLength, pattern: TEXT_PATTERN });
export const Count = Type.Integer({ minimum: 0 });
