import { type Counts, growth, NO_TOTALS, type Totals } from './answer-totals.ts';
import { type Percentiles, percentilesOf } from './latency-percentiles.ts';

/** Gateways send their pulses at different moments, so a rate covers several pulses of each. */
const RATE_MS = 2_000;
/** A percentile needs a longer window than a rate. */
const LATENCY_MS = 5_000;

/** Rates and latencies of the most recent answers. Times are monotonic, in ms. */
export class AnswerRates {
  #samples: { at: number; totals: Totals }[] = [];
  #rate = NO_TOTALS;
  #seconds = 1;
  #latency = NO_TOTALS;

  add(at: number, totals: Totals): void {
    this.#samples.push({ at, totals });
    while ((this.#samples[1]?.at ?? at) <= at - LATENCY_MS) this.#samples.shift();
    const from = this.#samples.findLast((sample) => sample.at <= at - RATE_MS) ?? this.#samples[0];
    this.#seconds = Math.max(at - (from?.at ?? at), RATE_MS / 4) / 1_000;
    this.#rate = growth(totals, from?.totals ?? totals);
    this.#latency = growth(totals, this.#samples[0]?.totals ?? totals);
  }

  get perSecond(): Counts {
    return this.#perSecond(this.#rate.answers);
  }

  perSecondOf(itemId: string): Counts {
    return this.#perSecond(this.#rate.items[itemId] ?? {});
  }

  get latencyMs(): { won: Percentiles | null; others: Percentiles | null } {
    return { won: percentilesOf(this.#latency.latencyWon), others: percentilesOf(this.#latency.latencyOthers) };
  }

  #perSecond(counts: Counts): Counts {
    return Object.fromEntries(
      Object.entries(counts).map(([name, count]) => [name, Math.round((count / this.#seconds) * 10) / 10]),
    );
  }
}
