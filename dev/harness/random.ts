import { hash } from 'node:crypto';

/** Random numbers that a seed repeats: each is a hash of the seed and its place in the row. */
export class Random {
  readonly seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** 0 ≤ x < 1, with 48 random bits. */
  next(): number {
    this.#drawn += 1;
    return Number.parseInt(hash('sha256', `${this.seed}:${this.#drawn}`, 'hex').slice(0, 12), 16) / 2 ** 48;
  }

  /** A whole number, from and to included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.between(0, choices.length - 1)];
    if (choice === undefined) throw new Error('Nothing to pick from.');
    return choice;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }
}
