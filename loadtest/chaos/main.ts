import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Random, stopOnSignal } from 'dev';
import { TARGETS, type Target } from './faults.ts';
import { prepareGround, type RunningGround } from './ground.ts';
import { failureLines, roundLine, summarise, summaryLines } from './report.ts';
import { playRound, type RoundResult } from './round.ts';

const USAGE = `npm run chaos -- [--rounds N] [--target NAME] [--seed N] [--json FILE]
  --rounds   sales to run, each with one or two faults (default 20)
  --target   break only this: ${TARGETS.join(', ')}
  --seed     of the first round; a round's own seed is in its line, and repeats its faults (default: a new one)
  --json     write the report to this file`;

interface ChaosOptions {
  rounds: number;
  target: Target | undefined;
  seed: number;
  json: string | undefined;
}

const options = readFlags();
let ground: RunningGround | undefined;
let stopping = false;
const rounds: RoundResult[] = [];
stopOnSignal(async () => {
  stopping = true;
  await ground?.stop();
  report();
});

try {
  ground = await prepareGround((line) => console.log(line));
  await playRounds(ground);
  await ground.stop();
  process.exit(report() ? 0 : 1);
} catch (error) {
  // What was under way when Ctrl-C came fails, of course.
  if (!stopping) {
    console.error(`Chaos could not be played to its end: ${(error as Error).message}`);
    await ground?.stop();
    report();
    process.exit(1);
  }
}

async function playRounds(running: RunningGround): Promise<void> {
  const seeds = new Random(options.seed);
  for (let number = 1; number <= options.rounds; number += 1) {
    // The first round has the given seed itself, so that one round can be repeated.
    const seed = number === 1 ? options.seed : seeds.between(1, 2 ** 31);
    const round = await playRound(running, number, seed, options.target);
    rounds.push(round);
    console.log(roundLine(round));
    if (round.holds) continue;
    console.log(failureLines(round).join('\n'));
    showLogs(running);
    // What did not come to rest would be found again by every round after it.
    if (round.rest.ms === undefined) return;
  }
}

function report(): boolean {
  const summary = summarise(options.seed, rounds);
  console.log(summaryLines(summary).join('\n'));
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(summary, null, 2)}\n`);
  return summary.held === options.rounds;
}

/** The logs go with the throw-away folder, so the last lines of every part are shown first. */
function showLogs({ platform }: RunningGround): void {
  for (const part of [...platform.gateways, ...platform.workers]) console.log(part.lastLines(25));
}

function readFlags(): ChaosOptions {
  try {
    const { values } = parseArgs({
      options: { rounds: { type: 'string' }, target: { type: 'string' }, seed: { type: 'string' }, json: { type: 'string' } },
    });
    const target = TARGETS.find((each) => each === values.target);
    if (values.target !== undefined && target === undefined) throw new Error(`--target does not know "${values.target}".`);
    return {
      rounds: whole('rounds', values.rounds ?? '20'),
      target,
      seed: whole('seed', values.seed ?? String(Math.floor(Math.random() * 2 ** 31) + 1)),
      json: values.json === undefined ? undefined : resolve(process.env['SECKILL_CALLED_FROM'] ?? process.cwd(), values.json),
    };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} has to be a whole number from 1 on, not "${text}".`);
  return value;
}
