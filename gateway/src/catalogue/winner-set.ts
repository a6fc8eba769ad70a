import { fingerprintOf, type WinnersRead } from 'seckill-core';

/** One bit for each of the 2^24 fingerprints: 2 MiB, whatever the number of winners. */
const BYTES = 2 ** 24 / 8;

/**
 * The winners of an item, as their fingerprints. A token that is not in it has not won; one that is in it may have, and Redis knows
 * (of ten thousand winners one in 1 700 losers shares a fingerprint and takes the longer way).
 */
export class WinnerSet {
  /** How much of the list in Redis is in the set. */
  read: WinnersRead = { generation: '', length: 0 };
  readonly #bits = new Uint8Array(BYTES);

  /** After a rebuild the list begins anew; what was added before stays, since one mark too many costs a look-up and one too few a lie. */
  add(fingerprints: readonly number[], read: WinnersRead): void {
    for (const print of fingerprints) this.#mark(print);
    this.read = read;
  }

  /** A winner of whom this gateway knows before it has read so. */
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
