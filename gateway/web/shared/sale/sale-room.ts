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

/** Undefined if buyers of the sale need no turn. */
export function roomOf(sale: Sale): SaleRoom | undefined {
  const { admission = 'open', waitingRoom } = sale;
  if (admission === 'open' || waitingRoom === undefined) return undefined;
  const { entriesUntil, seedHash, seed, waiting, served } = waitingRoom;
  return {
    kind: admission,
    entriesUntil: Date.parse(entriesUntil),
    seedHash,
    seed,
    waiting: allOf(waiting),
    served: allOf(served),
  };
}

/** Of both lanes; 0 while the gateway does not know the room. */
const allOf = (people: { n: number; p: number } | undefined): number => (people === undefined ? 0 : people.n + people.p);
