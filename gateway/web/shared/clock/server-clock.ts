/** How many answers the estimate rests on. */
const WINDOW = 12;

interface Sample {
  /** The server's clock minus ours is at least this, ms. */
  atLeast: number;
  roundTripMs: number;
}

/**
 * The server's time, whatever the phone's clock says.
 *
 * An answer that says `serverTime` was made before it arrived, so `serverTime − arrival` is a lower bound of the offset;
 * the best bound is the highest one, and half the shortest round trip is what it still lacks. Bounds, and not averages
 * (as in Cristian's method): sale info may come from a cache that is a second old, which makes an answer less useful but never wrong.
 *
 * Runs on the monotonic clock, so somebody who sets the phone's clock meanwhile changes nothing.
 */
export class ServerClock {
  readonly #monotonic: () => number;
  #samples: Sample[] = [];
  #offset: number;

  constructor(monotonic: () => number = () => performance.now(), wallClock: () => number = () => Date.now()) {
    this.#monotonic = monotonic;
    this.#offset = wallClock() - monotonic();
  }

  /** True once the server has told its time: before that, `now()` is the phone's guess. */
  get isSet(): boolean {
    return this.#samples.length > 0;
  }

  /** Milliseconds since 1970 on the server's clock. */
  now(): number {
    return this.#monotonic() + this.#offset;
  }

  /** The reading to take before a request is sent. */
  mark(): number {
    return this.#monotonic();
  }

  /** Takes in an answer to the request that was sent at `mark`. */
  learn(serverTime: string, mark: number): void {
    const arrived = this.#monotonic();
    const told = Date.parse(serverTime);
    if (Number.isNaN(told)) return;
    this.#samples = [...this.#samples.slice(1 - WINDOW), { atLeast: told - arrived, roundTripMs: arrived - mark }];
    const atLeast = Math.max(...this.#samples.map((sample) => sample.atLeast));
    const shortest = Math.min(...this.#samples.map((sample) => sample.roundTripMs));
    this.#offset = atLeast + shortest / 2;
  }

  /** After sleep the monotonic clock may have stood still: what was learnt is void. */
  forget(): void {
    this.#samples = [];
  }
}
