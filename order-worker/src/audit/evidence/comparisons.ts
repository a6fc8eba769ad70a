import { type Comparison, type ComparisonSource, compareReservations } from './compare-reservations.ts';

/** Compares the items of one sale. */
export class Comparisons {
  readonly #source: ComparisonSource;
  readonly #running = new Map<string, Promise<Comparison>>();

  constructor(source: ComparisonSource) {
    this.#source = source;
  }

  /** Concurrent calls share one comparison: it takes seconds and 60 MiB for a million reservations, and two checks need it at the same time. */
  read(itemId: string): Promise<Comparison> {
    const running =
      this.#running.get(itemId) ?? compareReservations(this.#source, itemId).finally(() => this.#running.delete(itemId));
    this.#running.set(itemId, running);
    return running;
  }
}
