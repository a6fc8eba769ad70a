import { Type } from 'typebox';

/** The caller's key of something that happens once, such as `<order id>:points`. */
export const ServiceKey = Type.String({ pattern: '^[!-~]{1,200}$', description: 'printable ASCII without spaces' });
/** In one call. */
export const MOST_KEYS = 500;
/** A batch may wait for the rows of another one. */
export const WRITE_MS = 10_000;
