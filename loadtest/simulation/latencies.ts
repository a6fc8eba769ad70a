import { createHistogram } from 'node:perf_hooks';

/** In µs with 4 digits: a percentile is at most 0.01 % above its value, and never below it. Up to an hour. */
const PRECISION = { lowest: 1, highest: 3_600_000_000, figures: 4 };

/** Latencies of any number of answers, in ms. Adding one takes 0.1 µs. */
export class Latencies {
  readonly #histogram = createHistogram(PRECISION);

  static merged(all: Iterable<Latencies>): Latencies {
    const sum = new Latencies();
    for (const latencies of all) sum.#histogram.add(latencies.#histogram);
    return sum;
  }

  get count(): number {
    return this.#histogram.count;
  }

  add(ms: number): void {
    this.#histogram.record(Math.max(1, Math.round(ms * 1_000)));
  }

  /** `p` is above 0 and at most 100. Returns 0 if there are no latencies. */
  percentile(p: number): number {
    return this.#histogram.percentile(p) / 1_000;
  }
}

/** Latencies by the code of their answer. */
export class LatenciesByCode extends Map<string, Latencies> {
  add(code: string, ms: number): void {
    let latencies = this.get(code);
    if (latencies === undefined) {
      latencies = new Latencies();
      this.set(code, latencies);
    }
    latencies.add(ms);
  }

  get all(): Latencies {
    return Latencies.merged(this.values());
  }
}
