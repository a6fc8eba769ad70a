/** How many samples compete: at one every half second, those of the last four seconds. */
const SAMPLES = 8;

/**
 * Redis's clock, as far as a gateway can know it: the window of a sale is decided there, so all gateways count down to the same
 * moment whatever their own clocks say. Rests on this process's monotonic clock, which nobody sets.
 */
export class ServerClock {
  readonly #samples: { offset: number; roundTrip: number }[] = [];
  #offset = Date.now() - performance.now();

  /** ms since 1970 at the moment `monotonic` (of `performance.now()`). */
  at(monotonic: number): number {
    return monotonic + this.#offset;
  }

  now(): number {
    return Math.round(this.at(performance.now()));
  }

  /** What was learned is another server's: the one at the end of a new connection may go by another clock. */
  doubt(): void {
    this.#samples.length = 0;
  }

  /** Redis said `time` (ms) between the monotonic times `sentAt` and `receivedAt`; the shortest way tells best. */
  learn(time: number, sentAt: number, receivedAt: number): void {
    this.#samples.push({ offset: time - (sentAt + receivedAt) / 2, roundTrip: receivedAt - sentAt });
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    let best = this.#samples[0];
    for (const sample of this.#samples) if (best === undefined || sample.roundTrip < best.roundTrip) best = sample;
    if (best !== undefined) this.#offset = best.offset;
  }
}
