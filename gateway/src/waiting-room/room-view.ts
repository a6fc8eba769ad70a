import { IsoTime } from 'seckill-core';
import { type Static, Type } from 'typebox';
import type { RoomMemory } from './room-memory.ts';

const People = Type.Object({ n: Type.Integer(), p: Type.Integer() });

/** A waiting room as everyone sees it. Figures are missing while this gateway does not know the room. */
export const RoomView = Type.Object({
  entriesUntil: IsoTime,
  seedHash: Type.String({ description: "hex SHA-256 of the seed's hex text, published before the first entry" }),
  seed: Type.Optional(Type.String({ description: 'published once entries are closed' })),
  entries: Type.Optional({ ...People, description: 'how many were shuffled in each lane: n normal, p priority' }),
  waiting: Type.Optional({ ...People, description: 'people whose turn has not come' }),
  served: Type.Optional({ ...People, description: 'people whose turn has come' }),
});

/** Undefined fields for a sale without a room. */
export function roomView(room: RoomMemory | undefined): { waitingRoom?: Static<typeof RoomView> } {
  if (room === undefined) return {};
  const { seedHash, entriesUntil } = room.sale.waitingRoom;
  const { state } = room;
  const settings = { seedHash, entriesUntil: new Date(entriesUntil).toISOString() };
  if (state === undefined) return { waitingRoom: settings };
  const { joined, served, entries, seed } = state;
  return {
    waitingRoom: {
      ...settings,
      ...(seed !== undefined && { seed }),
      ...(entries !== undefined && { entries }),
      waiting: { n: joined.n - served.n, p: joined.p - served.p },
      served,
    },
  };
}
