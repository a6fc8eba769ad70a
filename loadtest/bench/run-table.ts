import type { BenchOptions } from './flags.ts';
import type { BenchContext } from './measure/context.ts';
import type { RowRun } from './measure/row.ts';
import { median } from './medians.ts';
import { runRound } from './round.ts';
import { deadlinesOnTime } from './rows/deadlines-on-time.ts';
import { idle } from './rows/idle.ts';
import { lightGateways } from './rows/light-gateways.ts';
import { payAtOnce } from './rows/paying.ts';
import { STORY_ROWS, type StoryRow, withNeeds } from './story.ts';

type Afterwards = (context: BenchContext, ordersPerSecond: number) => Promise<RowRun[][]>;

/** Rows that are measured after the rounds. */
const AFTERWARDS: Partial<Record<StoryRow, Afterwards>> = {
  'deadlines on time': async (context, ordersPerSecond) => [[await deadlinesOnTime(context, ordersPerSecond / 2)]],
  'payments begun': async (context) => [[await payAtOnce(context)]],
  'light gateways': lightGateways,
  idle: async (context) => [[await idle(context)]],
};
const WARM_UP_SECONDS = 1;

/** All wanted rows of the table, those of the rounds interleaved. Resolves with the runs of each round. */
export async function runTable(
  context: BenchContext,
  { seconds, rounds, rows }: Pick<BenchOptions, 'seconds' | 'rounds' | 'rows'>,
  { say, tell }: { say: (line: string) => void; tell: (run: RowRun) => void },
): Promise<RowRun[][]> {
  const wanted = withNeeds(rows);
  const measured: RowRun[][] = [];
  if (STORY_ROWS.some((row) => wanted.has(row) && AFTERWARDS[row] === undefined)) {
    // Compilers, caches and connections are warm before anything counts.
    say('Warming up.');
    context.seconds = WARM_UP_SECONDS;
    await runRound(context, wanted, () => {});
    context.seconds = seconds;
    for (let round = 1; round <= rounds; round += 1) {
      say(`Round ${round} of ${rounds}.`);
      measured.push(await runRound(context, wanted, tell));
    }
  }
  for (const [row, measure] of Object.entries(AFTERWARDS)) {
    if (!wanted.has(row as StoryRow)) continue;
    const runs = await measure(context, orderRate(measured));
    runs.flat().forEach(tell);
    measured.push(...runs);
  }
  return measured;
}

/** Orders a second in this run. */
function orderRate(rounds: readonly RowRun[][]): number {
  return median(rounds.flat().flatMap(({ row, perSecond }) => (row === 'orders' ? [perSecond] : [])));
}
