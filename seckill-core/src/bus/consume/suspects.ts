import { kindOfFault } from '../../process/is-outage.ts';

/** If no other value comes to compare with, a value must fail for this long. */
const ALONE_MS = 10 * 60_000;
/** A suspect that another worker took is never heard of again here. */
const MOST = 1_000;

interface Suspect {
  since: number;
  tries: number;
}

interface Identified {
  /** The same when it comes again. */
  readonly id: number;
}

/**
 * Values that failed alone. One is proven bad if its own data is at fault, it fails again and again, and others pass. Times are monotonic, in ms.
 */
export class Suspects {
  readonly #byId = new Map<number, Suspect>();
  readonly #maxTries: number;
  readonly #aloneMs: number;
  #passedAt = Number.NEGATIVE_INFINITY;

  constructor(maxTries: number, aloneMs = ALONE_MS) {
    this.#maxTries = maxTries;
    this.#aloneMs = aloneMs;
  }

  get size(): number {
    return this.#byId.size;
  }

  /** These values passed at `now`. */
  passed(values: readonly Identified[], now: number): void {
    this.#passedAt = now;
    if (this.#byId.size > 0) for (const { id } of values) this.#byId.delete(id);
  }

  /** A value failed alone, in a batch that was begun at `began`. Returns how often it did, and whether that proves it bad. */
  failed({ id }: Identified, error: unknown, began: number, now: number): { tries: number; proven: boolean } {
    const suspect = this.#byId.get(id) ?? { since: began, tries: 0 };
    suspect.tries += 1;
    this.#byId.set(id, suspect);
    this.#forgetOldest();
    const othersPass = this.#passedAt >= suspect.since || now - suspect.since >= this.#aloneMs;
    const proven = kindOfFault(error) === 'message' && suspect.tries >= this.#maxTries && othersPass;
    if (proven) this.#byId.delete(id);
    return { tries: suspect.tries, proven };
  }

  #forgetOldest(): void {
    const [oldest] = this.#byId.keys();
    if (this.#byId.size > MOST && oldest !== undefined) this.#byId.delete(oldest);
  }
}
