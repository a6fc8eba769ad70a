import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Mutant, plant } from './mutant.ts';
import { runTests, type TestRun } from './run-tests.ts';

/** `broken`: the mutated code could not run, or the test did not, so the test has shown nothing. */
export type Outcome = 'killed' | 'survived' | 'broken';

export interface Verdict {
  mutant: Mutant;
  outcome: Outcome;
  seconds: number;
  /** Why the test failed, or why it did not run. */
  detail: string;
}

/** Code that cannot run fails every test, so its failure shows nothing. */
const CANNOT_RUN =
  /SyntaxError|ReferenceError|Error compiling script|attempt to (?:call|index|perform)|syntax error at|(?:column|relation|function) \S+ does not exist/;

/** Runs the mutant's test in a copy of the checkout with the mutant in it, and takes the mutant out again. */
export async function judge(mutant: Mutant, copy: string, signal?: AbortSignal): Promise<Verdict> {
  const began = performance.now();
  const path = join(copy, mutant.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, plant(mutant, original));
  try {
    const { runs, output } = await runTests(copy, [mutant.killer], {
      untilFailure: true,
      ...(signal === undefined ? {} : { signal }),
    });
    return { mutant, ...verdict(runs, output), seconds: (performance.now() - began) / 1000 };
  } finally {
    writeFileSync(path, original);
  }
}

function verdict(runs: readonly TestRun[], output: string): Pick<Verdict, 'outcome' | 'detail'> {
  if (runs.length === 0) return { outcome: 'broken', detail: `The test did not run.\n${output.slice(-1_500)}` };
  const failed = runs.find(({ passed }) => !passed);
  if (failed === undefined) return { outcome: 'survived', detail: `${runs.length} of ${runs.length} tests passed.` };
  const detail = failed.messages.join('\n');
  const [firstLine = ''] = detail.split('\n');
  return CANNOT_RUN.test(detail) ? { outcome: 'broken', detail } : { outcome: 'killed', detail: firstLine };
}
