import type { AnswerStatistics } from './job.ts';

/** 0.05 ms each, up to 20 s: constant cost and memory however many answers come. */
const BUCKET_MS = 0.05;
const BUCKETS = 400_000;

export class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;
  #lastAt = 0;

  add(ms: number): void {
    const bucket = Math.min(BUCKETS - 1, (ms / BUCKET_MS) | 0);
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
    this.#count += 1;
    if (ms > this.#max) this.#max = ms;
    this.#lastAt = performance.now();
  }

  statistics(): AnswerStatistics {
    return {
      count: this.#count,
      p50Ms: this.#percentile(50),
      p95Ms: this.#percentile(95),
      p99Ms: this.#percentile(99),
      maxMs: Math.round(this.#max * 100) / 100,
      lastAt: Math.round(performance.timeOrigin + this.#lastAt),
    };
  }

  #percentile(p: number): number {
    const rank = Math.ceil((p / 100) * this.#count);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS && rank > 0; bucket += 1) {
      seen += this.#buckets[bucket] ?? 0;
      // The upper edge: never better than it was.
      if (seen >= rank) return Math.round((bucket + 1) * BUCKET_MS * 100) / 100;
    }
    return 0;
  }
}
