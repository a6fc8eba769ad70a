import { BARE, type RowResult } from './summarise.ts';

/** The bare rows all do the same work, so what makes them differ is the machine. */
export interface Noise {
  /** Answers per second of the slowest bare row, divided by those of the fastest. */
  slowestOfFastest: number;
  /** No ratio of this run may be judged. */
  tooNoisy: boolean;
}

/** Of `slowestOfFastest`, on a machine that does nothing else. */
export const QUIET_FROM = 0.8;

/** Returns undefined if fewer than two bare rows were measured. */
export function noiseOf(rows: readonly RowResult[]): Noise | undefined {
  const bare = rows.find(({ row }) => row === BARE);
  if (bare === undefined || bare.rounds < 2) return undefined;
  const slowestOfFastest = bare.spread.min / bare.spread.max;
  return { slowestOfFastest: Number(slowestOfFastest.toFixed(3)), tooNoisy: slowestOfFastest < QUIET_FROM };
}
