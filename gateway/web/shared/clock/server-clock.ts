/** Number of answers in the estimate. */
const WINDOW = 12;

interface Sample {
  /** Lower bound of the server's clock minus ours, ms. */
  atLeast: number;
  roundTripMs: number;
}

/**
 * The server's time, even if the phone's clock is wrong.
 *
 * An answer was made before it arrived, so `serverTime − arrival` is a lower bound of the offset. The highest bound is the best one,
 * and half the shortest round trip corrects it. Bounds instead of averages (as in Cristian's method), because an answer may come
 * from a cache that is a second old: its bound is then less tight, but never wrong.
 *
 * It uses the monotonic clock, so a change of the phone's clock has no effect.
 */
export class ServerClock {
  readonly #monotonic: () => number;
  #samples: Sample[] = [];
  #offset: number;

  constructor(monotonic: () => number = () => performance.now(), wallClock: () => number = () => Date.now()) {
    this.#monotonic = monotonic;
    this.#offset = wallClock() - monotonic();
  }

  /** True once an answer has brought the server's time. Before that, `now()` is the phone's time. */
  get isSet(): boolean {
    return this.#samples.length > 0;
  }

  /** Milliseconds since 1970 on the server's clock. */
  now(): number {
    return this.#monotonic() + this.#offset;
  }

  /** Call this before a request is sent. */
  mark(): number {
    return this.#monotonic();
  }

  /** Learns from the answer to a request that was sent at `mark`. */
  learn(serverTime: string, mark: number): void {
    const arrived = this.#monotonic();
    const told = Date.parse(serverTime);
    if (Number.isNaN(told)) return;
    this.#samples = [...this.#samples.slice(1 - WINDOW), { atLeast: told - arrived, roundTripMs: arrived - mark }];
    const atLeast = Math.max(...this.#samples.map((sample) => sample.atLeast));
    const shortest = Math.min(...this.#samples.map((sample) => sample.roundTripMs));
    this.#offset = atLeast + shortest / 2;
  }

  /** The monotonic clock may stop while the phone sleeps, so the estimate starts over. */
  forget(): void {
    this.#samples = [];
  }
}
