import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../stock/script.ts';
import { roomKeys } from './keys.ts';
import type { ByLane } from './lanes.ts';
import { formatTicketRecord, type TicketRecord } from './ticket-record.ts';
import { formatTurns, type Turn } from './turns.ts';

const beginScript = loadScript('begin-room', ['room', 'claims', 'entriesN', 'entriesP', 'tickets']);
const replayScript = loadScript('replay-room', ['room', 'claims', 'entriesN', 'entriesP', 'tickets']);
const openScript = loadScript('open-room', ['room']);

/** Most tickets in one call: each keeps Redis busy for about 2 ms. */
export const ROOM_REPLAY_LIMIT = 1_000;
/** A claim keeps its units from others for this long after its end: a win may have been decided at the last moment. */
export const CLAIM_GRACE_MS = 2_000;
/** Characters of an entry id. */
export const ENTRY_ID_LENGTH = 12;
/** In place of an entry id that is not known any more, because its ticket was never answered. It belongs to no user. */
export const LOST_ENTRY = '.'.repeat(ENTRY_ID_LENGTH);

/**
 * Closes a room, removes what Redis holds of it, and begins a new epoch. `mark` is a text that no other rebuild uses. Resolves to the epoch:
 * messages of other epochs that are stored after the room's next marker are void.
 */
export async function beginRoomRebuild(redis: Redis, saleId: string, mark: string): Promise<number> {
  return Number(await runScript(redis, beginScript, roomKeys(saleId), [mark]));
}

export interface RoomPortion {
  tickets: readonly (TicketRecord & { userId: string })[];
  /** Claims that ended at most {@link CLAIM_GRACE_MS} ago. `until`: when the user may no longer buy, ms. */
  claims: readonly { userId: string; until: number }[];
  /** Entry ids to append, one after another without a separator, in order of their numbers from 1 on. */
  entries: ByLane<string>;
}

/**
 * Writes a portion of a room that is being rebuilt. Of all portions, each ticket and entry must be given once. Resolves to false if the rebuild
 * has to begin again, because Redis lost the room or another rebuild began. Throws a RangeError for more than {@link ROOM_REPLAY_LIMIT} tickets.
 */
export async function replayRoom(redis: Redis, saleId: string, mark: string, portion: RoomPortion): Promise<boolean> {
  const { tickets, claims, entries } = portion;
  if (tickets.length > ROOM_REPLAY_LIMIT || claims.length > ROOM_REPLAY_LIMIT) {
    throw new RangeError(`A portion of a room has at most ${ROOM_REPLAY_LIMIT} tickets, not ${tickets.length}.`);
  }
  const records = tickets.flatMap((ticket) => [ticket.userId, formatTicketRecord(ticket)]);
  const ends = claims.flatMap(({ userId, until }) => [userId, until]);
  const args = [mark, JSON.stringify(records), JSON.stringify(ends), entries.n, entries.p];
  return (await runScript(redis, replayScript, roomKeys(saleId), args)) === 1;
}

export interface RoomToOpen {
  mark: string;
  runId: string;
  /** 64 hex digits, secret until entries are closed. */
  seed: string;
  /** The highest number given in each lane, and the highest place served. */
  joined: ByLane<number>;
  served: ByLane<number>;
  /** How many were shuffled; absent while entries are open. */
  entries?: ByLane<number> | undefined;
  /** The keys of the shuffles, hex, if they are known. */
  keys?: Partial<ByLane<string>> | undefined;
  /** Turns that are not stale yet. */
  turns?: readonly Turn[] | undefined;
}

/** Opens a room, new or rebuilt. Resolves to false if it has to be rebuilt again, as for {@link replayRoom}. */
export async function openRoom(redis: Redis, saleId: string, room: RoomToOpen): Promise<boolean> {
  const { mark, runId, seed, joined, served, entries, keys = {}, turns = [] } = room;
  const counts = [joined.n, joined.p, served.n, served.p, entries?.n ?? -1, entries?.p ?? -1];
  const args = [mark, runId, seed, ...counts, keys.n ?? '', keys.p ?? '', formatTurns(turns)];
  return (await runScript(redis, openScript, roomKeys(saleId), args)) === 1;
}
