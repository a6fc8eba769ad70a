import { TwoGenerations } from '../../catalogue/two-generations.ts';

export interface ScorerSettings {
  url: string;
  /** How long a purchase token may wait for a score, ms. */
  timeoutMs: number;
  /** The score of a user of whom the scorer says nothing in time. */
  defaultScore: number;
}

/** What the scorer is asked, as JSON. */
export interface ScoreRequest {
  readonly userId: string;
  readonly saleId: string;
  readonly itemId: string;
  readonly address: string;
  readonly device?: string | undefined;
}

/** Beyond it the default is taken at once: a slow scorer must not hold the connections of a whole crowd. */
const AT_ONCE = 200;
/** A user's score is asked for once in this time, for all items. */
const KEPT_MS = 60_000;

/** Asks an HTTP service how risky a user is. A failure, a late answer and an answer without a number count as the default score. */
export class Scorer {
  readonly #settings: ScorerSettings;
  readonly #known = new TwoGenerations<{ score: number; until: number }>(20_000);
  #asking = 0;
  /** Scores that were not given in time. */
  missed = 0;

  constructor(settings: ScorerSettings) {
    this.#settings = settings;
  }

  async scoreOf(request: ScoreRequest): Promise<number> {
    const known = this.#known.get(request.userId);
    const now = performance.now();
    if (known !== undefined && now < known.until) return known.score;
    const { defaultScore } = this.#settings;
    if (this.#asking >= AT_ONCE) {
      this.missed += 1;
      return defaultScore;
    }
    this.#asking += 1;
    try {
      const score = await this.#ask(request);
      this.#known.set(request.userId, { score, until: now + KEPT_MS });
      return score;
    } catch {
      this.missed += 1;
      return defaultScore;
    } finally {
      this.#asking -= 1;
    }
  }

  async #ask(request: ScoreRequest): Promise<number> {
    const { url, timeoutMs } = this.#settings;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    const { score } = (await response.json()) as { score?: unknown };
    if (!response.ok || typeof score !== 'number' || !Number.isFinite(score)) throw new Error('The scorer gives no score.');
    return score;
  }
}
