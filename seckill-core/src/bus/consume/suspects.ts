import { kindOfFault } from '../../process/is-outage.ts';

/** If no other message comes to compare with, a message must fail for this long. */
const ALONE_MS = 10 * 60_000;
/** A suspect that another worker took is never heard of again here. */
const MOST = 1_000;

interface Suspect {
  since: number;
  tries: number;
}

/** Messages that failed alone. One is proven bad if its own data is at fault, it fails again and again, and others pass. Times are monotonic, in ms. */
export class Suspects {
  readonly #bySeq = new Map<number, Suspect>();
  readonly #maxTries: number;
  readonly #aloneMs: number;
  #passedAt = Number.NEGATIVE_INFINITY;

  constructor(maxTries: number, aloneMs = ALONE_MS) {
    this.#maxTries = maxTries;
    this.#aloneMs = aloneMs;
  }

  get size(): number {
    return this.#bySeq.size;
  }

  /** These messages passed at `now`. */
  passed(seqs: Iterable<number>, now: number): void {
    this.#passedAt = now;
    if (this.#bySeq.size > 0) for (const seq of seqs) this.#bySeq.delete(seq);
  }

  /** A message failed alone, in a batch that was begun at `began`. Returns how often it did, and whether that proves it bad. */
  failed(seq: number, error: unknown, began: number, now: number): { tries: number; proven: boolean } {
    const suspect = this.#bySeq.get(seq) ?? { since: began, tries: 0 };
    suspect.tries += 1;
    this.#bySeq.set(seq, suspect);
    this.#forgetOldest();
    const othersPass = this.#passedAt >= suspect.since || now - suspect.since >= this.#aloneMs;
    const proven = kindOfFault(error) === 'message' && suspect.tries >= this.#maxTries && othersPass;
    if (proven) this.#bySeq.delete(seq);
    return { tries: suspect.tries, proven };
  }

  #forgetOldest(): void {
    const [oldest] = this.#bySeq.keys();
    if (this.#bySeq.size > MOST && oldest !== undefined) this.#bySeq.delete(oldest);
  }
}
