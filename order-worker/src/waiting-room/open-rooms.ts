import { hasRoom, inOneWrite, readRoom, type SaleSettings } from 'seckill-core';
import { type RoomKeeper, rebuildRoom } from './rebuild-room.ts';

/** Rebuilds the waiting rooms of these sales that the Redis process `runId` does not know. Resolves to whether it knew all of them. */
export async function openUnknownRooms(parts: RoomKeeper, runId: string, sales: readonly SaleSettings[]): Promise<boolean> {
  const saleIds = sales.filter(hasRoom).map(({ saleId }) => saleId);
  const rooms = await Promise.all(inOneWrite(parts.redis, () => saleIds.map((saleId) => readRoom(parts.redis, saleId))));
  const unknown = saleIds.filter((_, i) => rooms[i]?.runId !== runId);
  // Another worker that rebuilds a room holds its lock: this one goes on with the others.
  for (const saleId of unknown) await rebuildRoom(parts, saleId);
  return unknown.length === 0;
}
