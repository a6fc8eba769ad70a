import { fingerprintOf, type WinnersRead } from 'seckill-core';

/** One bit for each of the 2^24 fingerprints: 2 MiB, however many winners there are. */
const BITS_BYTES = 2 ** 24 / 8;
const FIRST_SLOTS = 64;
const SLOT_BYTES = 4;

/**
 * The fingerprints of an item's winners. A token outside the set has not won. A token inside it may have won, and Redis decides:
 * with ten thousand winners, one loser in 1 700 shares a fingerprint and costs a lookup.
 *
 * It takes 8 to 16 bytes a winner: a hash table at most half full, until one bit for each fingerprint takes no more than that.
 */
export class WinnerSet {
  /** How much of Redis's list of winners the set contains. */
  read: WinnersRead = { generation: '', length: 0 };
  /** Fingerprint + 1; 0 is a free slot. Fingerprints are random, so they are their own hash. */
  #slots = new Uint32Array(FIRST_SLOTS);
  #count = 0;
  #bits: Uint8Array | undefined;

  /** Returns the size of a set with so many winners, in bytes. */
  static bytesFor(winners: number): number {
    let bytes = FIRST_SLOTS * SLOT_BYTES;
    while (bytes < winners * 2 * SLOT_BYTES && bytes < BITS_BYTES) bytes *= 2;
    return bytes;
  }

  get bytes(): number {
    return this.#bits?.byteLength ?? this.#slots.byteLength;
  }

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
    if (this.#bits !== undefined) return ((this.#bits[print >> 3] ?? 0) & (1 << (print & 7))) !== 0;
    return this.#slots[this.#slotOf(print)] !== 0;
  }

  #mark(print: number): void {
    if (this.#bits !== undefined) {
      setBit(this.#bits, print);
      return;
    }
    const slot = this.#slotOf(print);
    if (this.#slots[slot] !== 0) return;
    this.#slots[slot] = print + 1;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#grow();
  }

  /** Returns the slot of the fingerprint, or the free slot that it can take. */
  #slotOf(print: number): number {
    const mask = this.#slots.length - 1;
    let slot = print & mask;
    for (let held = this.#slots[slot]; held !== 0 && held !== print + 1; held = this.#slots[slot]) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const before = this.#slots;
    if (before.byteLength * 2 >= BITS_BYTES) {
      const bits = new Uint8Array(BITS_BYTES);
      for (const held of before) if (held !== 0) setBit(bits, held - 1);
      this.#bits = bits;
      this.#slots = new Uint32Array(0);
      return;
    }
    this.#slots = new Uint32Array(before.length * 2);
    for (const held of before) if (held !== 0) this.#slots[this.#slotOf(held - 1)] = held;
  }
}

function setBit(bits: Uint8Array, print: number): void {
  bits[print >> 3] = (bits[print >> 3] ?? 0) | (1 << (print & 7));
}
