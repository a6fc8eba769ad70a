import { writeFileSync } from 'node:fs';
import { allProviders, providerNames, Random, runCommand, writableFile } from 'dev';
import { flag, UsageError } from 'seckill-core';
import type { Fault } from './fault.ts';
import { TARGETS } from './fault.ts';
import { FAULTS, faultsOf, nameOf, needsListeners } from './faults.ts';
import { prepareGround, type RunningGround } from './ground.ts';
import { FOLLOWERS } from './patient.ts';
import { failureLines, roundLine, summarise, summaryLines } from './report.ts';
import { playRound, type RoundResult } from './round.ts';

const command = {
  usage: 'npm run chaos -- [flags]',
  flags: {
    rounds: flag.whole('sales to run, each with one or two faults', { default: 20 }),
    target: flag.valued(`break only this: ${TARGETS.join(', ')}; or one fault of --list`, { value: 'NAME' }, faultsOf),
    providers: providerNames('payment providers that buyers choose among (default: all)', 'provider'),
    listeners: flag.toggle(
      'mails, text messages, webhooks, points, coupons and a warehouse follow the orders, and can be broken too',
    ),
    list: flag.toggle('print the faults, and run nothing'),
    seed: flag.whole('seed of the first round; the line of a round has its seed, which repeats its faults (default: random)'),
    jsonFile: writableFile('write the report to this file', 'json'),
  },
};

await runCommand({
  command,
  async run({ rounds: wanted, target, providers = allProviders, listeners, list, seed = newSeed(), jsonFile }, { atEnd }) {
    const possible = target ?? FAULTS.filter((fault) => listeners || !needsListeners(fault));
    if (!listeners && possible.some(needsListeners))
      throw new UsageError(`--target ${FOLLOWERS.join(', ')}: these go with --listeners.`);
    if (list) {
      console.log(possible.map(nameOf).join('\n'));
      return 0;
    }
    const rounds: RoundResult[] = [];
    const crashes: string[] = [];
    // Also after a failure and at Ctrl-C: the rounds so far count.
    atEnd(() => {
      const summary = summarise(seed, rounds, crashes);
      console.log(summaryLines(summary).join('\n'));
      if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(summary, null, 2)}\n`);
    });
    const say = (line: string) => console.log(line);
    const ground = prepareGround({ providers, listeners, crashed: (what) => crashes.push(what) }, say);
    atEnd(async () => (await ground.catch(() => undefined))?.stop());
    await playRounds(await ground, { wanted, seed, possible }, rounds);
    return rounds.filter(({ holds }) => holds).length === wanted ? 0 : 1;
  },
});

function newSeed(): number {
  return Math.floor(Math.random() * 2 ** 31) + 1;
}

async function playRounds(
  ground: RunningGround,
  { wanted, seed, possible }: { wanted: number; seed: number; possible: readonly Fault[] },
  rounds: RoundResult[],
): Promise<void> {
  const seeds = new Random(seed);
  for (let number = 1; number <= wanted; number += 1) {
    // The first round uses the given seed unchanged, so that a single round can be repeated.
    const round = await playRound(ground, number, number === 1 ? seed : seeds.between(1, 2 ** 31), possible);
    rounds.push(round);
    console.log(roundLine(round));
    if (round.holds) continue;
    console.log(failureLines(round).join('\n'));
    showLogs(ground);
    // What did not settle in this round would fail every later one.
    if (round.rest.ms === undefined) return;
  }
}

/** The throw-away folder takes the logs with it, so the last lines of every part are printed first. */
function showLogs({ platform }: RunningGround): void {
  const { gateways, workers, payments, downstream, listeners } = platform;
  const parts = [...gateways, ...workers, payments, ...(listeners === undefined ? [] : [listeners])];
  if (downstream !== undefined) parts.push(...Object.values(downstream));
  for (const part of parts) console.log(part.lastLines(25));
}
