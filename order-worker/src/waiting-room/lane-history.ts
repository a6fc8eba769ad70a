import { ENTRY_ID_LENGTH, LOST_ENTRY } from 'seckill-core';

/** One lane of a room, as the stream tells it. */
export class LaneHistory {
  /** The highest number given, and the highest place that has had its turn. */
  joined = 0;
  served = 0;
  /** The highest number of an entry: a ticket from before entries closed. */
  lastEntry = 0;
  /** A bit for each number that was given. */
  #given = new Uint8Array(1_024);
  #entries = Buffer.alloc(0);

  /** Returns whether the number is new. */
  give(number: number): boolean {
    const [at, bit] = [number >>> 3, 1 << (number & 7)];
    if (at >= this.#given.length) this.#given = grown(this.#given, new Uint8Array(2 * at));
    const given = this.#given[at] ?? 0;
    if ((given & bit) !== 0) return false;
    this.#given[at] = given | bit;
    this.joined = Math.max(this.joined, number);
    return true;
  }

  keepEntry(number: number, entryId: string): void {
    const end = number * ENTRY_ID_LENGTH;
    if (end > this.#entries.length) this.#entries = grown(this.#entries, Buffer.alloc(2 * end, LOST_ENTRY));
    this.#entries.write(entryId, end - ENTRY_ID_LENGTH, 'latin1');
    this.lastEntry = Math.max(this.lastEntry, number);
  }

  /** Returns the ids of the first `count` entries in order of their numbers. A ticket that was never answered may have left a gap. */
  entries(count: number): string {
    return this.#entries.toString('latin1', 0, count * ENTRY_ID_LENGTH).padEnd(count * ENTRY_ID_LENGTH, LOST_ENTRY);
  }
}

function grown<Bytes extends Uint8Array>(bytes: Bytes, larger: Bytes): Bytes {
  larger.set(bytes);
  return larger;
}
