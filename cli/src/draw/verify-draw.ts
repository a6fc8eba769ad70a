import { hash } from 'node:crypto';
import { ENTRY_ID_LENGTH, LANES, type Lane, LOST_ENTRY, type PublishedDraw, shuffleKeyOf, shufflePlaces } from 'seckill-core';

/** The result of a lane's shuffle. */
export interface LaneResult {
  lane: Lane;
  count: number;
  /** The ids of the entries, the first place first. */
  order: string[];
  /** How many of them have had their turn. */
  served: number;
}

export interface Verified {
  /** What does not agree with the published data, in sentences. */
  faults: string[];
  /** Entries whose ids are not known, because they were never answered. The key of their lane cannot be computed again. */
  lost: number;
  lanes: LaneResult[];
}

/** Repeats a shuffle from what was published about it. */
export async function verifyDraw({ seedHash, seed, lanes }: PublishedDraw): Promise<Verified> {
  const faults: string[] = [];
  if (hash('sha256', seed) !== seedHash)
    faults.push(`The seed's SHA-256 is ${hash('sha256', seed)}, and ${seedHash} was published.`);
  const results: LaneResult[] = [];
  let lost = 0;
  for (const lane of LANES) {
    const { count, entries, key, served } = lanes[lane];
    const ids = Array.from({ length: entries.length / ENTRY_ID_LENGTH }, (_, i) =>
      entries.slice(i * ENTRY_ID_LENGTH, (i + 1) * ENTRY_ID_LENGTH),
    );
    const missing = ids.filter((id) => id === LOST_ENTRY).length;
    const known = ids.filter((id) => id !== LOST_ENTRY);
    lost += missing;
    if (ids.length !== count) faults.push(`Lane ${lane} names ${ids.length} entries, and says that it has ${count}.`);
    if (new Set(known).size !== known.length) faults.push(`Lane ${lane} has an entry twice.`);
    if (ids.length === 0) continue;
    const wanted = await shuffleKeyOf(seed, lane, entries);
    if (missing === 0 && key !== wanted)
      faults.push(`The key of lane ${lane} is ${wanted} by the seed and the entries, and ${key} was used.`);
    results.push({ lane, count: ids.length, order: inOrder(ids, await shufflePlaces(key, ids.length)), served });
  }
  return { faults, lost, lanes: results };
}

function inOrder(ids: readonly string[], places: Uint32Array): string[] {
  const order = Array.from(ids);
  for (const [i, id] of ids.entries()) order[(places[i] ?? 1) - 1] = id;
  return order;
}
