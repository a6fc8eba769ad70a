/** Upper bounds in seconds. A win takes 1–20 ms, an answer from memory well under 1 ms. */
export const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** Counts the answers of one outcome on one route in plain numbers: a prom-client histogram costs the hot path a microsecond per answer. */
export class AnswerSeries {
  readonly route: string;
  readonly outcome: string;
  /** One more than there are bounds: the last one counts everything slower. */
  readonly buckets = new Float64Array(LATENCY_BUCKETS.length + 1);
  count = 0;
  sumSeconds = 0;

  constructor(route: string, outcome: string) {
    this.route = route;
    this.outcome = outcome;
  }

  record(ms: number): void {
    const seconds = ms / 1_000;
    let i = 0;
    while (i < LATENCY_BUCKETS.length && seconds > (LATENCY_BUCKETS[i] ?? 0)) i += 1;
    this.buckets[i] = (this.buckets[i] ?? 0) + 1;
    this.count += 1;
    this.sumSeconds += seconds;
  }
}

/** Answers by route and outcome (`OK`, `RESERVED`, or the code of a problem). */
export class AnswerMetrics {
  readonly #routes = new Map<string, Map<string, AnswerSeries>>();

  record(route: string, outcome: string, ms: number): void {
    (this.#routes.get(route)?.get(outcome) ?? this.#begin(route, outcome)).record(ms);
  }

  *series(): Generator<AnswerSeries> {
    for (const outcomes of this.#routes.values()) yield* outcomes.values();
  }

  #begin(route: string, outcome: string): AnswerSeries {
    const outcomes = this.#routes.get(route) ?? new Map<string, AnswerSeries>();
    this.#routes.set(route, outcomes);
    const series = new AnswerSeries(route, outcome);
    outcomes.set(outcome, series);
    return series;
  }
}
