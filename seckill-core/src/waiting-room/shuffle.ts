import { hash } from 'node:crypto';

const WORDS = 8; // 32-bit words of a SHA-256
/** The event loop waits for a slice this long at most, in ms. */
const SLICE_MS = 5;
const LOOK_EVERY = 1_000;
const RANGE = 2 ** 32;

/** Random numbers that a key gives: SHA-256(key, counter as 8 bytes, big-endian) for the counters 0, 1, 2, … has eight of 32 bits each, big-endian. */
class Words {
  readonly #input = Buffer.alloc(40);
  #block = Buffer.alloc(0);
  #counter = 0;
  #used = WORDS;

  constructor(key: string) {
    this.#input.write(key, 0, 'hex');
  }

  /** A whole number from 0 on and below `limit`. A word that would favour small numbers is skipped. */
  below(limit: number): number {
    const fair = RANGE - (RANGE % limit);
    for (;;) {
      if (this.#used === WORDS) this.#refill();
      const word = this.#block.readUInt32BE(4 * this.#used);
      this.#used += 1;
      if (word < fair) return word % limit;
    }
  }

  #refill(): void {
    this.#input.writeBigUInt64BE(BigInt(this.#counter), 32);
    this.#counter += 1;
    this.#block = hash('sha256', this.#input, 'buffer');
    this.#used = 0;
  }
}

/**
 * Computes the places of `count` entries from the key of their shuffle (64 hex digits): the place of the entry with number `i` is at `i − 1`. Both
 * begin at 1. docs/waiting-room.md specifies it, so that any program can repeat it. Lets the event loop go on every {@link SLICE_MS}.
 */
export async function shufflePlaces(key: string, count: number): Promise<Uint32Array> {
  const words = new Words(key);
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i += 1) order[i] = i + 1;
  let until = performance.now() + SLICE_MS;
  for (let i = count - 1; i > 0; i -= 1) {
    const j = words.below(i + 1);
    const number = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = number;
    if (i % LOOK_EVERY !== 0 || performance.now() < until) continue;
    await new Promise((resolve) => setImmediate(resolve));
    until = performance.now() + SLICE_MS;
  }
  const places = new Uint32Array(count);
  for (let place = 1; place <= count; place += 1) places[(order[place - 1] ?? 1) - 1] = place;
  return places;
}
