import { writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { number } from '../command/text.ts';
import type { BenchOptions } from './flags.ts';
import { describeMachine } from './machine.ts';
import { markdownTables } from './markdown-tables.ts';
import { BenchContext } from './measure/context.ts';
import type { BenchPlatform } from './measure/platform.ts';
import type { RowRun } from './measure/row.ts';
import { noiseOf } from './noise.ts';
import { printReport, printRun } from './print.ts';
import type { BenchReport } from './report.ts';
import { books } from './rows/books.ts';
import { besideHotItem, openHotSales } from './rows/hot-item.ts';
import { besideListeners, followOrders } from './rows/listeners.ts';
import { millionBesideBare } from './rows/million.ts';
import { millionTickets, pagesPushed, room } from './rows/room.ts';
import { scaleStep } from './rows/scale.ts';
import { webhooks } from './rows/webhooks.ts';
import { runTable } from './run-table.ts';
import { SCALE_STEPS } from './scale-steps.ts';
import { type RowResult, summarise } from './summarise.ts';
import { svgChart } from './svg-chart.ts';
import {
  checkBooks,
  checkHot,
  checkListeners,
  checkMillion,
  checkRoom,
  checkScale,
  checkTargets,
  checkWebhooks,
  type Target,
} from './targets.ts';

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

const FORMS = {
  table: runRows,
  million: runMillion,
  scale: runScale,
  books: runBooks,
  webhooks: runWebhooks,
  listeners: runListeners,
  hot: runHot,
  room: runRoom,
};

async function runRows(context: BenchContext, options: BenchOptions, say: Say): Promise<Measured> {
  const rounds = await runTable(context, options, { say, tell: (run) => say(printRun(run)) });
  const how =
    `${options.connections} connections, ${options.seconds} s a row, ${options.rounds} interleaved rounds; ` +
    'medians, and the median ratio to the bare rows just before and after.';
  return { how, rounds, targets: checkTargets };
}

async function runMillion(context: BenchContext, _: BenchOptions, say: Say): Promise<Measured> {
  say('Warming up.');
  await millionBesideBare(context, 100_000, 1_000);
  say('A million buyers fetch their tokens, and go.');
  return {
    how: 'Each buyer has their own token, minted beforehand.',
    rounds: [await millionBesideBare(context)],
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
    for (const run of [...wins, orders]) say(printRun(run));
  }
  const how = `As many buyers as units, ${options.connections} connections; first all wins, then all orders.`;
  return { how, rounds, targets: checkScale };
}

async function runBooks(context: BenchContext, { orders, rounds }: BenchOptions, say: Say): Promise<Measured> {
  const measured = await books(context, { orders, rounds, say, tell: (run) => say(printRun(run)) });
  const how = `${number(orders)} orders of one item, ${rounds} rounds; medians. \`ofYardstick\` compares with the bare work in the same round.`;
  return { how, rounds: measured, targets: checkBooks };
}

async function runWebhooks(context: BenchContext, { seconds, rounds, deliveries }: BenchOptions, say: Say): Promise<Measured> {
  const measured: RowRun[][] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const run = await webhooks(context, { seconds, deliveries, say });
    measured.push([run]);
    say(printRun(run));
  }
  const how = `${number(deliveries)} deliveries a second, ${seconds} s a round, ${rounds} rounds. p50 and p99 are ms from an event to its delivery.`;
  return { how, rounds: measured, targets: checkWebhooks };
}

async function runListeners(context: BenchContext, { seconds, rounds }: BenchOptions, say: Say): Promise<Measured> {
  const measured: RowRun[][] = [];
  await followOrders(context);
  say('Warming up.');
  await besideListeners(context, false);
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds}.`);
    const runs = await besideListeners(context, round % 2 === 0);
    for (const run of runs) say(printRun(run));
    measured.push(runs);
  }
  const how = `The wins of ${seconds} s become orders, ${rounds} rounds in turns; medians. All: statistics, search, a webhook, mails, messages, the saga.`;
  return { how, rounds: measured, targets: checkListeners };
}

async function runHot(context: BenchContext, { seconds, rounds }: BenchOptions, say: Say): Promise<Measured> {
  const measured: RowRun[][] = [];
  const sales = await openHotSales(context);
  await context.platform.stopWorkers();
  say('Warming up.');
  await besideHotItem(context, sales, false);
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds}.`);
    const runs = await besideHotItem(context, sales, round % 2 === 0);
    for (const run of runs) say(printRun(run));
    measured.push(runs);
  }
  const how = `Wins of a quiet item at a steady rate, ${seconds} s a row, ${rounds} rounds in turns; medians.`;
  return { how, rounds: measured, targets: checkHot };
}

async function runRoom(context: BenchContext, { seconds, rounds }: BenchOptions, say: Say): Promise<Measured> {
  const measured: RowRun[][] = [];
  say('Warming up.');
  await room(context);
  for (let round = 1; round <= rounds; round += 1) {
    say(`Round ${round} of ${rounds}.`);
    const runs = await room(context);
    for (const run of runs.flat()) say(printRun(run));
    measured.push(...runs);
  }
  for (const row of [pagesPushed, millionTickets]) {
    const run = await row(context);
    say(printRun(run));
    measured.push([run]);
  }
  const how = `One gateway, two for joins; ${seconds} s a row, ${rounds} rounds; medians, beside bare Fastify that answers the same ticket.`;
  return { how, rounds: measured, targets: checkRoom };
}

function makeReport(how: string, rows: RowResult[], targets: Target[], rounds: RowRun[][]): BenchReport {
  return {
    machine: describeMachine(),
    at: new Date().toISOString(),
    how,
    rows,
    targets,
    noise: noiseOf(rows),
    faults: rounds.flatMap((runs) => runs.flatMap(({ faults }) => faults)),
  };
}

function write({ jsonFile, markdownFile, svgFile }: BenchOptions, report: BenchReport): void {
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  if (markdownFile !== undefined) writeFileSync(markdownFile, markdownTables(report));
  if (svgFile !== undefined) writeFileSync(svgFile, svgChart(report.rows));
}
