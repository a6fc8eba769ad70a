import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../stock/script.ts';
import type { RoomSeen } from './join.ts';
import { roomKeys } from './keys.ts';
import type { ByLane } from './lanes.ts';
import { type SaleWithRoom, unitsOfClaim } from './room-rules.ts';
import { parseTurns, type Turn } from './turns.ts';

const admitScript = loadScript('admit', ['room', 'claims', 'entriesN', 'entriesP']);

/** Units of a sale's items, read at `at` on Redis's clock (ms). Figures older than a second give no turns. */
export interface UnitsRead {
  left: number;
  at: number;
}

/** A room as Redis has it. Times in ms on Redis's clock. */
export interface RoomState {
  now: number;
  epoch: number;
  progress: number;
  /** The highest number given in each lane. */
  joined: ByLane<number>;
  /** The highest place that has had its turn. */
  served: ByLane<number>;
  /** How many are shuffled; undefined until entries are closed. */
  entries: ByLane<number> | undefined;
  /** Keys of the shuffles, hex, once they are written. */
  keys: Partial<ByLane<string>>;
  /** Undefined until entries are closed. */
  seed: string | undefined;
  /** Turns that are not stale. */
  turns: Turn[];
  /** Claims that may still take units. */
  claims: number;
  /** Turns that this call gave. */
  given: ByLane<number>;
}

/** What `admit` decides by beside the room. `units`: undefined to give no turns. */
export async function admit(
  redis: Redis,
  sale: SaleWithRoom,
  { runId, progressSeen }: RoomSeen,
  units: UnitsRead | undefined,
): Promise<RoomState | undefined> {
  const { waitingRoom, rateLimit, admission } = sale;
  const args = [
    runId,
    progressSeen,
    waitingRoom.entriesUntil,
    sale.startsAt,
    waitingRoom.staleSeconds * 1_000,
    units?.left ?? -1,
    units?.at ?? 0,
    unitsOfClaim(sale),
    waitingRoom.priorityWeight,
    admission === 'draw' ? 0 : rateLimit.ratePerSecond,
    rateLimit.burst,
  ];
  return decode((await runScript(redis, admitScript, roomKeys(sale.saleId), args)) as string);
}

function decode(reply: string): RoomState | undefined {
  const [
    now,
    epoch,
    progress,
    joinedN,
    joinedP,
    servedN,
    servedP,
    entriesN,
    entriesP,
    keyN,
    keyP,
    seed,
    turns,
    claims,
    givenN,
    givenP,
  ] = JSON.parse(reply) as [number, ...(string | number)[]];
  if (epoch === undefined) return undefined;
  const counts = (n: string | number | undefined, p: string | number | undefined) => ({ n: Number(n), p: Number(p) });
  return {
    now,
    epoch: Number(epoch),
    progress: Number(progress),
    joined: counts(joinedN, joinedP),
    served: counts(servedN, servedP),
    entries: entriesN === -1 ? undefined : counts(entriesN, entriesP),
    keys: { ...(keyN !== '' && { n: String(keyN) }), ...(keyP !== '' && { p: String(keyP) }) },
    seed: seed === '' ? undefined : String(seed),
    turns: parseTurns(String(turns)),
    claims: Number(claims),
    given: counts(givenN, givenP),
  };
}
