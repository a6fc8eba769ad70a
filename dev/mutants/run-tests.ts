import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../processes/run-program.ts';
import type { Mutant } from './mutant.ts';

type Killer = Mutant['killer'];

/** A test that ran. */
export interface TestRun {
  file: string;
  fullName: string;
  passed: boolean;
  messages: readonly string[];
}

interface Report {
  testResults: { name: string; assertionResults: { fullName: string; status: string; failureMessages?: string[] }[] }[];
}

interface RunOptions {
  /** Ends the run at the first test that fails: the tests of a crash path fail one after another, each after half a minute. */
  untilFailure?: boolean;
  signal?: AbortSignal;
}

/** Runs only the named tests in a copy of the checkout. Returns those that ran, and vitest's output. */
export async function runTests(
  copy: string,
  killers: readonly Killer[],
  { untilFailure = false, signal }: RunOptions = {},
): Promise<{ runs: TestRun[]; output: string }> {
  const report = join(copy, 'mutants-report.json');
  rmSync(report, { force: true });
  const files = [...new Set(killers.map(({ file }) => file))];
  const names = [...new Set(killers.map(({ test }) => escaped(test)))];
  const flags = ['--reporter=json', `--outputFile=${report}`, ...(untilFailure ? ['--bail=1'] : [])];
  const { output } = await runProgram(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', ...files, '-t', names.join('|'), ...flags],
    {
      cwd: copy,
      // One seed, so that a random test draws the same cases in every run. The smallest case that fails is of no interest.
      env: { ...withoutVitest(process.env), TEST_SEED: '1', TEST_SHRINK: '0', FORCE_COLOR: '0' },
      ...(signal === undefined ? {} : { signal }),
    },
  );
  return { runs: readRuns(report, copy), output };
}

/** In a test of this command, the variables of the outer vitest would reach the inner one. */
function withoutVitest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('VITEST')));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** None if vitest did not get as far as a report. */
function readRuns(report: string, copy: string): TestRun[] {
  let text: string;
  try {
    text = readFileSync(report, 'utf8');
  } catch {
    return [];
  }
  return (JSON.parse(text) as Report).testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status, failureMessages }) => ({
        file: name.slice(copy.length + 1),
        fullName,
        passed: status === 'passed',
        messages: failureMessages ?? [],
      })),
  );
}
