import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../stock/script.ts';
import { roomKeys } from './keys.ts';
import type { Lane } from './lanes.ts';
import type { SaleWithRoom } from './room-rules.ts';
import { parseTicketRecord, type TicketRecord } from './ticket-record.ts';

const joinScript = loadScript('join', ['room', 'claims', 'entriesN', 'entriesP', 'tickets']);

/** Most users in one call: it keeps Redis busy for about 2 ms. */
export const JOIN_BATCH_LIMIT = 500;

/** What a caller knows of the Redis that it is connected to, and of the room in it. */
export interface RoomSeen {
  runId: string;
  /** The highest progress of the room that the caller has seen. If Redis has less, it went back to an older copy, and the room is closed. */
  progressSeen: number;
}

export interface JoinRequest {
  userId: string;
  lane: Lane;
  entryId: string;
  /** A ticket that the caller believes to have ended, as {@link formatTicketRecord} writes it, and its place: the user then joins again. */
  over?: { record: string; place: number } | undefined;
}

/** `isEntry`: the user came before entries closed, and is shuffled. Undefined: the entries of a draw are closed. */
export type Joined = { ticket: TicketRecord; isEntry: boolean } | undefined;

export type JoinResult =
  | { known: false }
  | {
      known: true;
      /** Redis's clock, ms. */
      now: number;
      epoch: number;
      progress: number;
      /** One for each request, in order. */
      joined: Joined[];
    };

/**
 * Gives each user a ticket, or the one they have. Idempotent under the user id. Rejects with ioredis's error if Redis does not answer: the outcome is
 * then unknown, and the same users may join again. Throws a RangeError for more than {@link JOIN_BATCH_LIMIT} requests.
 */
export async function joinRoom(
  redis: Redis,
  sale: SaleWithRoom,
  { runId, progressSeen }: RoomSeen,
  requests: readonly JoinRequest[],
): Promise<JoinResult> {
  if (requests.length > JOIN_BATCH_LIMIT)
    throw new RangeError(`At most ${JOIN_BATCH_LIMIT} users join at once, not ${requests.length}.`);
  const { admission, waitingRoom } = sale;
  const asked: (string | number)[] = [];
  for (const { userId, lane, entryId, over } of requests) asked.push(userId, lane, entryId, over?.record ?? '', over?.place ?? 0);
  const args = [
    runId,
    progressSeen,
    waitingRoom.entriesUntil,
    admission === 'draw' ? 1 : 0,
    waitingRoom.staleSeconds * 1_000,
    JSON.stringify(asked),
  ];
  const reply = (await runScript(redis, joinScript, roomKeys(sale.saleId), args)) as string;
  const [now, epoch, progress, entriesN, entriesP, ...records] = JSON.parse(reply) as [
    number,
    string?,
    string?,
    number?,
    number?,
    ...string[],
  ];
  if (epoch === undefined) return { known: false };
  const entries = { n: entriesN ?? -1, p: entriesP ?? -1 };
  const joined = records.map((record): Joined => {
    if (record === '') return undefined;
    const ticket = parseTicketRecord(record);
    return { ticket, isEntry: entries[ticket.lane] < 0 || ticket.number <= entries[ticket.lane] };
  });
  return { known: true, now, epoch: Number(epoch), progress: Number(progress), joined };
}
