/** Milliseconds, kept one by one: a crowd's are few enough, and buckets would blur the tail. */
export class Latencies {
  readonly #values: number[] = [];
  #sorted = true;

  get count(): number {
    return this.#values.length;
  }

  add(ms: number): void {
    this.#values.push(ms);
    this.#sorted = false;
  }

  addAll(other: Latencies): void {
    for (const value of other.#values) this.add(value);
  }

  /** Nearest rank: `p` between 0 and 100. 0 where there is nothing. */
  percentile(p: number): number {
    if (!this.#sorted) this.#values.sort((a, b) => a - b);
    this.#sorted = true;
    return this.#values[Math.max(0, Math.ceil((p / 100) * this.#values.length) - 1)] ?? 0;
  }

  get max(): number {
    return this.percentile(100);
  }
}
