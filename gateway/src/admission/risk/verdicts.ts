import type { RiskSample, VerdictAction } from 'seckill-core';

/** Samples of each rule in a second. */
const SAMPLES_EACH_SECOND = 5;
/** Samples that wait to be stored. */
const MOST_SAMPLES = 500;

/** What a rule has found here. */
export interface Found {
  readonly ruleId: string;
  readonly action: VerdictAction;
  requests: number;
  /** Users that it has found, each counted once while this gateway remembers them. */
  users: number;
  second: number;
  samples: number;
}

/** Counts what rules find, and keeps a few examples. */
export class Verdicts {
  readonly #found = new Map<string, Found>();
  #samples: RiskSample[] = [];

  /** Counts a finding. `sample` makes an example, and is called for a few findings a second. `now` is monotonic, in ms. */
  note(ruleId: string, action: VerdictAction, isNewUser: boolean, now: number, sample: () => RiskSample): void {
    const found = this.#found.get(`${ruleId}:${action}`) ?? this.#begin(ruleId, action);
    found.requests += 1;
    if (isNewUser) found.users += 1;
    const second = Math.floor(now / 1_000);
    if (second !== found.second) {
      found.second = second;
      found.samples = 0;
    }
    if (found.samples >= SAMPLES_EACH_SECOND || this.#samples.length >= MOST_SAMPLES) return;
    found.samples += 1;
    this.#samples.push(sample());
  }

  all(): Iterable<Readonly<Found>> {
    return this.#found.values();
  }

  /** Takes the examples since the last call. */
  takeSamples(): RiskSample[] {
    const samples = this.#samples;
    this.#samples = [];
    return samples;
  }

  #begin(ruleId: string, action: VerdictAction): Found {
    const found: Found = { ruleId, action, requests: 0, users: 0, second: 0, samples: 0 };
    this.#found.set(`${ruleId}:${action}`, found);
    return found;
  }
}
