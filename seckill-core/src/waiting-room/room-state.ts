import type { Redis } from 'ioredis';
import { scanHash } from '../stock/scan-hash.ts';
import { roomKeys } from './keys.ts';
import type { ByLane, Lane } from './lanes.ts';
import { parseTicketRecord, type TicketRecord } from './ticket-record.ts';

/** What Redis holds of a room that it may not know: for workers. Rejects with ioredis's error if Redis does not answer. */
export interface StoredRoom {
  /** The Redis process on which the room was verified; undefined if it has to be rebuilt. */
  runId: string | undefined;
  epoch: number;
  progress: number;
  joined: ByLane<number>;
  served: ByLane<number>;
  /** How many were shuffled; undefined while entries are open. */
  entries: ByLane<number> | undefined;
  keys: Partial<ByLane<string>>;
  /** Published once entries are closed, and secret before. */
  seed: string | undefined;
}

export async function readRoom(redis: Redis, saleId: string): Promise<StoredRoom> {
  const room = await redis.hgetall(roomKeys(saleId).room);
  const counts = (field: string) => ({ n: Number(room[`${field}:n`] ?? 0), p: Number(room[`${field}:p`] ?? 0) });
  return {
    runId: room['runId'],
    epoch: Number(room['epoch'] ?? 0),
    progress: Number(room['progress'] ?? 0),
    joined: counts('joined'),
    served: counts('served'),
    entries: room['entries:n'] === undefined ? undefined : counts('entries'),
    keys: { ...(room['key:n'] && { n: room['key:n'] }), ...(room['key:p'] && { p: room['key:p'] }) },
    seed: room['seed'],
  };
}

/** Reads the entry ids of a lane, one after another without a separator, in order of their numbers. */
export function readEntries(redis: Redis, saleId: string, lane: Lane): Promise<string> {
  const { entriesN, entriesP } = roomKeys(saleId);
  return redis.get(lane === 'n' ? entriesN : entriesP).then((text) => text ?? '');
}

/** Yields every ticket. One may be yielded twice if people join during the scan. */
export async function* readTickets(redis: Redis, saleId: string): AsyncGenerator<TicketRecord & { userId: string }> {
  for await (const pairs of scanHash(redis, roomKeys(saleId).tickets)) {
    for (const [userId, record] of pairs) yield { userId, ...parseTicketRecord(record) };
  }
}

/** Lets Redis forget a room after `seconds`. */
export async function expireRoom(redis: Redis, saleId: string, seconds: number): Promise<void> {
  await Promise.all(Object.values(roomKeys(saleId)).map((key) => redis.expire(key, seconds)));
}
