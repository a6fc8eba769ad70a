import { type TSchema, Type } from 'typebox';

/** What a caller may say about the page of a list that it wants. Lists are newest first. */
export const pageRequest = <Cursor extends TSchema>(cursor: Cursor) => ({
  limit: Type.Integer({ minimum: 1, maximum: 100 }),
  /** The `nextCursor` of the page before. */
  cursor: Type.Optional(cursor),
});

/** What a page adds to its rows. A page may hold fewer rows than the limit; only the last one has no `nextCursor`. */
export const nextPage = <Cursor extends TSchema>(cursor: Cursor) => ({ nextCursor: Type.Optional(cursor) });
