import { PUBLIC_EVENTS } from 'seckill-core';
import type { Schema } from './compare-schemas.ts';

/** The content of docs/events.schema.json: the schema of each event by its type. A test compares the two. */
export const eventSchemas = (): Record<string, Schema> =>
  JSON.parse(JSON.stringify(Object.fromEntries(PUBLIC_EVENTS.map(({ type, schema }) => [type, schema]))));
