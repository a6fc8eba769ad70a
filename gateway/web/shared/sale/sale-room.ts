import type { Sale } from '../api/contract.ts';

/** What the API says of a sale's waiting room. */
export interface SaleRoom {
  kind: 'queue' | 'draw';
  /** Those who come before it get a random place. ms since 1970. */
  entriesUntil: number;
  seedHash: string;
  /** Published after the shuffle. */
  seed?: string | undefined;
  /** People who wait for their turn, and who had it. */
  waiting: number;
  served: number;
}

/** By lane. */
type People = Readonly<Record<string, number>>;
type RoomFields = {
  admission?: 'open' | 'queue' | 'draw';
  waitingRoom?: { entriesUntil: string; seedHash: string; seed?: string; waiting?: People; served?: People };
};

/** Undefined if buyers of the sale need no turn. */
export function roomOf(sale: Sale): SaleRoom | undefined {
  const { admission, waitingRoom } = sale as Sale & RoomFields;
  if (admission === undefined || admission === 'open' || waitingRoom === undefined) return undefined;
  const { entriesUntil, seedHash, seed, waiting = {}, served = {} } = waitingRoom;
  return {
    kind: admission,
    entriesUntil: Date.parse(entriesUntil),
    seedHash,
    seed,
    waiting: allOf(waiting),
    served: allOf(served),
  };
}

const allOf = (people: People): number => Object.values(people).reduce((sum, each) => sum + each, 0);
