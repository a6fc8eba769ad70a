import type { RowRun } from './measure/row.ts';
import { median, medianRecord } from './medians.ts';
import { inStoryOrder } from './story.ts';

/** A row over all rounds. */
export interface RowResult {
  row: string;
  /** Median of the rounds. */
  perSecond: number;
  /** Median of the ratios to the bare rows measured just before and after it: the machine's other load changes within minutes. */
  ratioToBare: number;
  /** The same for the win row of the round. */
  ratioToWin: number;
  p50Ms: number;
  p99Ms: number;
  cpuSeconds: Record<string, number>;
  rssMiB: Record<string, number>;
  /** CPU of each part for one answer, order or cancel, µs. */
  cpuMicrosEach: Record<string, number>;
  spread: { min: number; max: number };
  rounds: number;
  extra: Record<string, number>;
}

export const BARE = 'bare';
const WIN = 'win';

/** One result for each row, in the order of the story. */
export function summarise(rounds: readonly (readonly RowRun[])[]): RowResult[] {
  const names = [...new Set(rounds.flatMap((runs) => runs.map(({ row }) => row)))];
  const results = names.map((name) => {
    const runs = rounds.flatMap((round) => round.filter(({ row }) => row === name));
    const ratioTo = (base: string) => round(median(rounds.flatMap((each) => ratios(each, name, base))), 3);
    const perSecond = runs.map((run) => run.perSecond);
    return {
      row: name,
      perSecond: Math.round(median(perSecond)),
      ratioToBare: ratioTo(BARE),
      ratioToWin: ratioTo(WIN),
      p50Ms: round(median(runs.map(({ p50Ms }) => p50Ms)), 2),
      p99Ms: round(median(runs.map(({ p99Ms }) => p99Ms)), 2),
      cpuSeconds: medianRecord(runs.map(({ cpuSeconds }) => cpuSeconds)),
      rssMiB: medianRecord(runs.map(({ rssMiB }) => rssMiB)),
      cpuMicrosEach: microsEach(runs),
      spread: { min: Math.round(Math.min(...perSecond)), max: Math.round(Math.max(...perSecond)) },
      rounds: runs.length,
      extra: medianRecord(runs.map(({ extra }) => extra)),
    };
  });
  return inStoryOrder(results);
}

/** The ratio of each run of `name` to the mean of the nearest runs of `base` before and after it. */
function ratios(round: readonly RowRun[], name: string, base: string): number[] {
  return round.flatMap(({ row, perSecond }, index) => {
    if (row !== name) return [];
    const isBase = (run: RowRun) => run.row === base;
    const nearest = [round.slice(0, index + 1).findLast(isBase), round.slice(index).find(isBase)].filter(
      (run) => run !== undefined,
    );
    const mean = nearest.reduce((sum, run) => sum + run.perSecond, 0) / nearest.length;
    return nearest.length === 0 ? [] : [perSecond / mean];
  });
}

function microsEach(runs: readonly RowRun[]): Record<string, number> {
  const each = runs.map(({ cpuSeconds, count }) =>
    Object.fromEntries(Object.entries(cpuSeconds).map(([part, seconds]) => [part, (seconds * 1e6) / Math.max(1, count)])),
  );
  const medians = Object.entries(medianRecord(each)).map(([part, micros]) => [part, round(micros, 1)] as const);
  return Object.fromEntries(medians.filter(([, micros]) => micros >= 0.5));
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
