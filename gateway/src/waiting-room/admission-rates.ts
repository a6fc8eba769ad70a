/** People who got a turn in a second, as measured. */
export interface RateRange {
  low: number;
  average: number;
  high: number;
}

const WINDOW_MS = 5_000;
const KEPT_MS = 30_000;
/** A window without any turn says little about the worst case, so the low rate is at least this part of the average. */
const LOW_SHARE = 0.25;

/** How fast a room was served in the last half minute. Times are ms on Redis's clock. */
export class AdmissionRates {
  /** One for each window, the oldest first; the last one moves on until the next window begins. */
  #samples: { at: number; served: number }[] = [];
  #range: RateRange | undefined;

  /** `served` people have had their turn by `at`. */
  note(at: number, served: number): void {
    const last = this.#samples.at(-1);
    // The room was rebuilt, or the clock was set.
    if (last !== undefined && (at < last.at || served < last.served)) this.#samples = [];
    const before = this.#samples.at(-2);
    if (before !== undefined && at - before.at < WINDOW_MS) this.#samples.pop();
    this.#samples.push({ at, served });
    this.#samples = this.#samples.filter((sample, i) => i === this.#samples.length - 1 || at - sample.at <= KEPT_MS);
    this.#range = rangeOf(this.#samples);
  }

  /** Undefined until a window has passed, or if no one got a turn in the last half minute. Computed once a tick: every look-up reads it. */
  get range(): RateRange | undefined {
    return this.#range;
  }
}

function rangeOf(samples: readonly { at: number; served: number }[]): RateRange | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined || last.at - first.at < WINDOW_MS) return undefined;
  const average = perSecond(first, last);
  if (average === 0) return undefined;
  const rates = samples.flatMap((sample, i) => {
    const next = samples[i + 1];
    return next === undefined || next.at - sample.at < WINDOW_MS ? [] : [perSecond(sample, next)];
  });
  return { low: Math.max(Math.min(average, ...rates), average * LOW_SHARE), average, high: Math.max(average, ...rates) };
}

function perSecond(from: { at: number; served: number }, to: { at: number; served: number }): number {
  return ((to.served - from.served) / (to.at - from.at)) * 1_000;
}
