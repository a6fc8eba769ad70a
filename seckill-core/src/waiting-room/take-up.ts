import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../stock/script.ts';
import type { UnitsRead } from './admit.ts';
import type { RoomSeen } from './join.ts';
import { roomKeys } from './keys.ts';
import type { ByLane } from './lanes.ts';
import { type SaleWithRoom, unitsOfClaim } from './room-rules.ts';

const takeUpScript = loadScript('take-up', ['room', 'claims', 'tickets']);

/** Most users in one call. */
export const TAKE_UP_BATCH_LIMIT = 500;

export interface TakeUpRequest {
  userId: string;
  /** Lane and number of the ticket, without a mark: `n17`. */
  ticket: string;
  /** The ticket's place in its lane. */
  place: number;
}

/**
 * The answers of take-up.lua, at the index that the script returns. `TAKEN`, `REPEATED`: the user has a claim. `WAITING`: the turn has not come.
 * `MISSED`: it came and went. `USED`: the user has won with the claim. `ENDED`: the claim ended. `ANOTHER_TICKET`: the user has another ticket, or none.
 */
export const TAKE_UP_ANSWERS = ['TAKEN', 'REPEATED', 'WAITING', 'MISSED', 'USED', 'ENDED', 'ANOTHER_TICKET'] as const;
export interface TakeUpAnswer {
  answer: (typeof TAKE_UP_ANSWERS)[number];
  /** Until when the user may buy, ms on Redis's clock; 0 without a claim. */
  until: number;
}

export type TakeUpResult =
  | { known: false }
  | { known: true; now: number; epoch: number; progress: number; served: ByLane<number>; answers: TakeUpAnswer[] };

/**
 * Turns the turns of users into claims. Idempotent. `units` matter only for those who come late and may. Rejects with ioredis's error if Redis does
 * not answer, and throws a RangeError for more than {@link TAKE_UP_BATCH_LIMIT} users.
 */
export async function takeUp(
  redis: Redis,
  sale: SaleWithRoom,
  { runId, progressSeen }: RoomSeen,
  units: UnitsRead | undefined,
  requests: readonly TakeUpRequest[],
): Promise<TakeUpResult> {
  if (requests.length > TAKE_UP_BATCH_LIMIT)
    throw new RangeError(`At most ${TAKE_UP_BATCH_LIMIT} users take up their turn at once, not ${requests.length}.`);
  const { claimSeconds, staleSeconds, missedTurn } = sale.waitingRoom;
  const args = [
    runId,
    progressSeen,
    claimSeconds * 1_000,
    staleSeconds * 1_000,
    missedTurn === 'keep' ? 1 : 0,
    units?.left ?? -1,
    units?.at ?? 0,
    unitsOfClaim(sale),
    JSON.stringify(requests.flatMap(({ userId, ticket, place }) => [userId, ticket, place])),
  ];
  const reply = (await runScript(redis, takeUpScript, roomKeys(sale.saleId), args)) as string;
  const [now, epoch, progress, n, p, ...answers] = JSON.parse(reply) as [number, string?, string?, ...number[]];
  if (epoch === undefined) return { known: false };
  return {
    known: true,
    now,
    epoch: Number(epoch),
    progress: Number(progress),
    served: { n: Number(n), p: Number(p) },
    answers: requests.map((_, i) => {
      const answer = TAKE_UP_ANSWERS[answers[2 * i] ?? -1];
      if (answer === undefined) throw new Error(`take-up.lua returned ${answers[2 * i]}, which take-up.ts does not know.`);
      return { answer, until: answers[2 * i + 1] ?? 0 };
    }),
  };
}
