import type { Lane } from './lanes.ts';

/** Places that got their turn together and are not stale. */
export interface Turn {
  lane: Lane;
  /** The first and the last place. */
  from: number;
  upTo: number;
  /** When they were served, ms. */
  at: number;
  /** How many of them were taken up. */
  taken: number;
}

/** As lib/turns.lua reads them. */
export const formatTurns = (turns: readonly Turn[]): string =>
  turns.map(({ lane, from, upTo, at, taken }) => `${lane},${from},${upTo},${at},${taken};`).join('');

export function parseTurns(text: string): Turn[] {
  return text
    .split(';')
    .slice(0, -1)
    .map((entry) => {
      const [lane, ...numbers] = entry.split(',');
      const [from = 0, upTo = 0, at = 0, taken = 0] = numbers.map(Number);
      return { lane: lane as Lane, from, upTo, at, taken };
    });
}
