import { type TSchema, Type } from 'typebox';

const DEFAULT_LIMIT = 50;

/** The part of a query that all lists share. */
export const pageQuery = <Cursor extends TSchema>(cursor: Cursor) => ({
  limit: Type.Optional(
    Type.String({ pattern: '^([1-9][0-9]?|100)$', description: `1 to 100, default ${DEFAULT_LIMIT}. A page may hold fewer.` }),
  ),
  cursor: Type.Optional(cursor),
});

/** Reads it. The default limit makes a list without a query its newest page. */
export function pageOf<Cursor>(query: { limit?: string; cursor?: Cursor }): { limit: number; cursor?: Cursor } {
  const limit = Number(query.limit ?? DEFAULT_LIMIT);
  return query.cursor === undefined ? { limit } : { limit, cursor: query.cursor };
}
