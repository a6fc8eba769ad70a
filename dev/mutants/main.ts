import { writeFileSync } from 'node:fs';
import { flag, UsageError } from 'seckill-core';
import { runCommand } from '../platform/run-command.ts';
import { writableFile } from '../platform/writable-file.ts';
import { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { ensureServers } from '../servers/start-servers.ts';
import { copyCheckout } from './copy-checkout.ts';
import { judge, type Verdict } from './judge.ts';
import type { Mutant } from './mutant.ts';
import { runTests } from './run-tests.ts';
import { MUTANTS } from './table/mutants.ts';

/** Two copies: while a test in one waits, the other uses the cores. */
const LANES = 2;

const command = {
  usage: `npm run mutants -- [flags]

Plants one fault at a time in a copy of this checkout and runs the test that must fail because of it. First runs each of these tests
without a fault. Exit code 0 only if every fault made its test fail.`,
  flags: {
    only: flag.texts('only the mutants with this text in their name; may be repeated', { value: 'NAME' }),
    list: flag.toggle('print the mutants and their tests, and run nothing'),
    jsonFile: writableFile('write the report to this file', 'json'),
  },
};

await runCommand({
  command,
  async run({ only, list, jsonFile }, { signal, atEnd }) {
    const chosen = MUTANTS.filter(({ name }) => only.length === 0 || only.some((text) => name.includes(text)));
    if (chosen.length === 0) throw new UsageError(`No mutant has "${only.join('" or "')}" in its name.`);
    if (list) {
      for (const mutant of chosen) console.log(lineOf(mutant));
      return 0;
    }
    await ensureServers(console.log);
    const folder = new ThrowAwayFolder('mutants');
    atEnd(() => folder.close());
    const copies = Array.from({ length: LANES }, (_, lane) => `${folder.path}/${lane}`);
    for (const copy of copies) copyCheckout(copy);
    const failing = await failingWithoutFaults(chosen, copies[0] ?? '', signal);
    const verdicts = await judgeAll(chosen, { copies, failing }, signal);
    const alive = verdicts.filter(({ outcome }) => outcome !== 'killed');
    for (const { mutant, outcome, detail } of alive) console.log(`\n${mutant.name}: ${outcome}\n${detail}`);
    console.log(`\n${verdicts.length - alive.length} of ${verdicts.length} mutants were killed by their test.`);
    if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(reportOf(verdicts), null, 2)}\n`);
    return alive.length === 0 ? 0 : 1;
  },
});

function lineOf({ name, invariant, file, killer }: Mutant): string {
  return `${invariant ?? '-'}  ${name}\n     ${file}\n     killed by ${killer.file}: ${killer.test}`;
}

/** A test that fails anyway, or does not run, shows nothing. Returns these tests with the reason, by the name of their mutant. */
async function failingWithoutFaults(
  mutants: readonly Mutant[],
  copy: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  console.log('The tests without a fault:');
  const { runs, output } = await runTests(
    copy,
    mutants.map(({ killer }) => killer),
    { signal },
  );
  if (runs.length === 0) throw new Error(`No test ran.\n${output}`);
  const failing = new Map<string, string>();
  for (const { name, killer } of mutants) {
    const mine = runs.filter(({ file, fullName }) => file === killer.file && fullName.includes(killer.test));
    const failed = mine.find(({ passed }) => !passed);
    if (mine.length === 0) failing.set(name, `${killer.file}: no test "${killer.test}" ran.`);
    else if (failed !== undefined) failing.set(name, `Its test fails without a fault.\n${failed.messages[0]}`);
  }
  console.log(`${runs.length} ran, ${failing.size} of ${mutants.length} mutants have a test that did not pass.\n`);
  return failing;
}

async function judgeAll(
  mutants: readonly Mutant[],
  { copies, failing }: { copies: readonly string[]; failing: ReadonlyMap<string, string> },
  signal: AbortSignal,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const left = mutants.values();
  await Promise.all(
    copies.map(async (copy) => {
      for (const mutant of left) {
        const why = failing.get(mutant.name);
        const verdict: Verdict =
          why === undefined ? await judge(mutant, copy, signal) : { mutant, outcome: 'broken', seconds: 0, detail: why };
        verdicts.push(verdict);
        console.log(`${verdict.outcome.padEnd(8)} ${`${verdict.seconds.toFixed(1)} s`.padStart(7)}  ${mutant.name}`);
      }
    }),
  );
  return verdicts;
}

function reportOf(verdicts: readonly Verdict[]) {
  return {
    mutants: verdicts.length,
    killed: verdicts.filter(({ outcome }) => outcome === 'killed').length,
    verdicts: verdicts.map(({ mutant: { name, invariant, file, killer }, outcome, seconds, detail }) => ({
      name,
      invariant,
      file,
      killer,
      outcome,
      seconds,
      detail,
    })),
  };
}
