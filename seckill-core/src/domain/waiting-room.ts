import { hash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { IsoTime } from './fields.ts';

/** How buyers come to buy: at once, by their place in a queue, or if they are drawn. */
export const Admission = Type.Union([Type.Literal('open'), Type.Literal('queue'), Type.Literal('draw')]);
export type Admission = Static<typeof Admission>;

const MissedTurn = Type.Union([Type.Literal('end'), Type.Literal('keep')], {
  description: 'a user who missed their turn joins the end, or keeps the place and may take the turn up later',
});
const Weight = Type.Integer({
  minimum: 1,
  maximum: 100,
  description: 'turns of users with priority for each turn of the others; a draw has no priority',
});
const DAY_SECONDS = 86_400;
const Seconds = (description: string) => Type.Optional(Type.Integer({ minimum: 2, maximum: 7 * DAY_SECONDS, description }));

/** What an operator may choose of a waiting room. */
export const WaitingRoomChoice = Type.Object(
  {
    claimSeconds: Seconds('how long a user whose turn has come may buy; default 120, in a draw 600'),
    staleSeconds: Seconds('a turn that is not taken up in this time is missed; default 30, in a draw claimSeconds'),
    missedTurn: Type.Optional({ ...MissedTurn, default: 'end' }),
    priorityWeight: Type.Optional({ ...Weight, default: 3 }),
    entriesUntil: Type.Optional({
      ...IsoTime,
      description: 'end of the entries of a draw, at the start at the latest; default: the start',
    }),
  },
  { additionalProperties: false },
);
export type WaitingRoomChoice = Static<typeof WaitingRoomChoice>;

/** The waiting room of a sale whose buyers queue or are drawn. */
export const WaitingRoom = Type.Object({
  /** Hex SHA-256 of the seed's hex text. It is published before the first entry, the seed after the last one. */
  seedHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  claimSeconds: Type.Integer(),
  staleSeconds: Type.Integer(),
  missedTurn: MissedTurn,
  priorityWeight: Type.Integer(),
  /** Users who come before it are shuffled. ms since 1970. */
  entriesUntil: Type.Integer(),
});
export type WaitingRoom = Static<typeof WaitingRoom>;

/** Returns the room with the defaults for all that was not chosen. `seed` is 64 hex digits, `startsAt` ms since 1970. */
export function waitingRoomOf(
  admission: 'queue' | 'draw',
  choice: WaitingRoomChoice,
  { seed, startsAt }: { seed: string; startsAt: number },
): WaitingRoom {
  const isDraw = admission === 'draw';
  const claimSeconds = choice.claimSeconds ?? (isDraw ? 600 : 120);
  return {
    seedHash: hash('sha256', seed),
    claimSeconds,
    staleSeconds: choice.staleSeconds ?? (isDraw ? claimSeconds : Math.min(30, claimSeconds)),
    missedTurn: choice.missedTurn ?? 'end',
    priorityWeight: isDraw ? 1 : (choice.priorityWeight ?? 3),
    entriesUntil: choice.entriesUntil === undefined ? startsAt : Date.parse(choice.entriesUntil),
  };
}
