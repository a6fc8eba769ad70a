import { hasRoom, inOneWrite, RepeatedTask, readRoom, readRunId, readSales } from 'seckill-core';
import { type RoomKeeper, rebuildRoom } from './rebuild-room.ts';

/** A gateway that meets an unknown room asks for it at once: this finds a room that no gateway looks at. */
const GUARD_EVERY_MS = 2_000;

/**
 * Keeps every waiting room of the catalogue known to the Redis process that answers now. Runs again and again, and at once after `wake()`. A large
 * room takes seconds, so this is no part of the stock guard.
 */
export function guardRooms(parts: RoomKeeper): RepeatedTask {
  const run = async () => {
    const { redis } = parts;
    const saleIds = (await readSales(redis)).filter(hasRoom).map(({ saleId }) => saleId);
    if (saleIds.length === 0) return;
    const runId = await readRunId(redis);
    const rooms = await Promise.all(inOneWrite(redis, () => saleIds.map((saleId) => readRoom(redis, saleId))));
    // Another worker that rebuilds a room holds its lock: this one goes on with the others.
    for (const [i, saleId] of saleIds.entries()) if (rooms[i]?.runId !== runId) await rebuildRoom(parts, saleId);
  };
  return new RepeatedTask({ name: 'the guard of waiting rooms', everyMs: GUARD_EVERY_MS, run, log: parts.log }).start();
}
