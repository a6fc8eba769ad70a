import { type Static, Type } from 'typebox';
import { IsoTime } from '../domain/fields.ts';

/** Where a page of dead letters begins: the sequence of the last one of the page before. */
export const LetterCursor = Type.String({ pattern: '^[1-9][0-9]{0,14}$' });

/** A message that could not be handled, without its content. */
export const DeadLetterView = Type.Object({
  seq: Type.Integer(),
  consumer: Type.String(),
  subject: Type.String(),
  reason: Type.String(),
  deliveries: Type.Integer(),
  firstSeenAt: IsoTime,
  diedAt: IsoTime,
});
export type DeadLetterView = Static<typeof DeadLetterView>;
