import { writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { number } from '../command/text.ts';
import type { BenchOptions } from './flags.ts';
import { describeMachine } from './machine.ts';
import { BenchContext } from './measure/context.ts';
import type { BenchPlatform } from './measure/platform.ts';
import type { RowRun } from './measure/row.ts';
import { printReport } from './print.ts';
import type { BenchReport } from './report.ts';
import { runRound } from './round.ts';
import { books } from './rows/books.ts';
import { deadlinesOnTime } from './rows/deadlines-on-time.ts';
import { million } from './rows/million.ts';
import { payAtOnce } from './rows/paying.ts';
import { scaleStep } from './rows/scale.ts';
import { SCALE_STEPS } from './scale-steps.ts';
import { type RowResult, summarise } from './summarise.ts';
import { svgChart } from './svg-chart.ts';
import { checkBooks, checkMillion, checkScale, checkTargets, type Target } from './targets.ts';

const WARM_UP_SECONDS = 1;

/** Resolves with true if every figure is valid. Missed targets are shown, and fail nothing. */
export async function runBench(options: BenchOptions, platform: BenchPlatform, output: Writable): Promise<boolean> {
  const say = (line: string) => output.write(`${line}\n`);
  const context = await BenchContext.create(platform, options);
  try {
    const { how, rounds, targets } = await FORMS[options.form](context, options, say);
    const rows = summarise(rounds);
    const report = makeReport(how, rows, targets(rows), rounds);
    say(printReport(report).join('\n'));
    write(options, report);
    return report.faults.length === 0;
  } finally {
    await context.close();
  }
}

type Say = (line: string) => void;
type Measured = { how: string; rounds: RowRun[][]; targets: (rows: readonly RowResult[]) => Target[] };

const FORMS = { table: runTable, million: runMillion, scale: runScale, books: runBooks };

/** All rows of the table, interleaved. */
async function runTable(context: BenchContext, options: BenchOptions, say: Say): Promise<Measured> {
  // Compilers, caches and connections are warm before anything counts.
  say('Warming up.');
  context.seconds = WARM_UP_SECONDS;
  await runRound(context, () => {});
  context.seconds = options.seconds;
  const rounds: RowRun[][] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    say(`Round ${round} of ${options.rounds}.`);
    rounds.push(await runRound(context, (run) => say(lineOf(run))));
  }
  const onTime = await deadlinesOnTime(context);
  say(lineOf(onTime));
  const paying = await payAtOnce(context);
  say(lineOf(paying));
  const how =
    `${options.connections} connections, ${options.seconds} s a row, ${options.rounds} interleaved rounds; ` +
    'medians, and the median ratio to the bare rows just before and after.';
  return { how, rounds: [...rounds, [onTime], [paying]], targets: checkTargets };
}

async function runMillion(context: BenchContext, _: BenchOptions, say: Say): Promise<Measured> {
  say('Warming up.');
  await million(context, 100_000, 1_000);
  say('A million buyers fetch their tokens, and go.');
  return {
    how: 'Each buyer has a token of their own, minted beforehand.',
    rounds: [[await million(context)]],
    targets: checkMillion,
  };
}

async function runScale(context: BenchContext, options: BenchOptions, say: Say): Promise<Measured> {
  const rounds: RowRun[][] = [];
  say('Warming up.');
  await scaleStep(context, { row: 'warm-up', units: 20_000, gateways: 2, workers: 2, items: 1, repeat: 1 });
  for (const step of SCALE_STEPS) {
    const { wins, orders } = await scaleStep(context, step);
    rounds.push(...wins.map((run) => [run]), [orders]);
    for (const run of [...wins, orders]) say(lineOf(run));
  }
  const how = `As many buyers as units, ${options.connections} connections; first all wins, then all orders.`;
  return { how, rounds, targets: checkScale };
}

async function runBooks(context: BenchContext, { orders, rounds }: BenchOptions, say: Say): Promise<Measured> {
  const measured = await books(context, { orders, rounds, say, tell: (run) => say(lineOf(run)) });
  const how = `${number(orders)} orders of one item, ${rounds} rounds; medians. \`ofYardstick\` compares with the bare work in the same round.`;
  return { how, rounds: measured, targets: checkBooks };
}

function makeReport(how: string, rows: RowResult[], targets: Target[], rounds: RowRun[][]): BenchReport {
  return {
    machine: describeMachine(),
    at: new Date().toISOString(),
    how,
    rows,
    targets,
    faults: rounds.flatMap((runs) => runs.flatMap(({ faults }) => faults)),
  };
}

function write({ jsonFile, svgFile }: BenchOptions, report: BenchReport): void {
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  if (svgFile !== undefined) writeFileSync(svgFile, svgChart(report.rows));
}

function lineOf({ row, perSecond, p50Ms, p99Ms, faults }: RowRun): string {
  const latency = p50Ms > 0 ? `  p50 ${p50Ms} ms, p99 ${p99Ms} ms` : '';
  return `  ${row.padEnd(20)} ${number(perSecond).padStart(7)} a second${latency}${faults.map((fault) => `\n    ✗ ${fault}`).join('')}`;
}
