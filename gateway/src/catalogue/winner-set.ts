import { fingerprintOf, type WinnersRead } from 'seckill-core';

/** One bit for each of the 2^24 fingerprints: 2 MiB, however many winners there are. */
const BYTES = 2 ** 24 / 8;

/**
 * The fingerprints of an item's winners. A token outside the set has not won. A token inside it may have won, and Redis decides:
 * with ten thousand winners, one loser in 1 700 shares a fingerprint and costs a lookup.
 */
export class WinnerSet {
  /** How much of Redis's list of winners the set contains. */
  read: WinnersRead = { generation: '', length: 0 };
  readonly #bits = new Uint8Array(BYTES);

  /** After a rebuild the list starts over, but the set keeps its marks: a false positive costs one lookup, a false negative would tell a winner "sold out". */
  add(fingerprints: readonly number[], read: WinnersRead): void {
    for (const print of fingerprints) this.#mark(print);
    this.read = read;
  }

  /** Adds a winner of this gateway before Redis's list has shown it. */
  addOne(reservationId: string): void {
    this.#mark(fingerprintOf(reservationId));
  }

  mayHave(reservationId: string): boolean {
    const print = fingerprintOf(reservationId);
    return ((this.#bits[print >> 3] ?? 0) & (1 << (print & 7))) !== 0;
  }

  #mark(print: number): void {
    this.#bits[print >> 3] = (this.#bits[print >> 3] ?? 0) | (1 << (print & 7));
  }
}
