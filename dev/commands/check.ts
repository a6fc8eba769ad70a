import { readFlags, UsageError, usageText } from 'seckill-core';
import { type ProgramResult, runProgram } from '../processes/run-program.ts';

const bin = 'node_modules/.bin';

const checks = [
  { name: 'types', program: `${bin}/tsc`, args: ['-p', '.', '--pretty', String(process.stdout.isTTY === true)] },
  // A separate TypeScript program: the pages run in a browser.
  {
    name: 'types of the pages',
    program: `${bin}/tsc`,
    args: ['-p', 'gateway/web', '--pretty', String(process.stdout.isTTY === true)],
  },
  // Lint and format in one run; `npx biome check --write` repairs most findings.
  { name: 'lint and format', program: `${bin}/biome`, args: ['check', '--error-on-warnings', '.'] },
  { name: 'tidy', program: `${bin}/vitest`, args: ['run', '--root', '.', '--config', 'dev/harness/tidy.config.ts'] },
];

const command = {
  usage: `npm run check

Checks types, lint, format and tidiness. \`npx biome check --write\` repairs most findings of lint and format.
Exit code 0 if every check holds, else 1.`,
  flags: {},
};
try {
  readFlags(command, process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console[error.exitCode === 0 ? 'log' : 'error'](usageText(command, error));
  process.exit(error.exitCode);
}

const results = await Promise.all(checks.map(run));
for (const { name, code, output, seconds } of results) {
  if (code !== 0) console.log(output.trimEnd());
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`);
}
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1;

interface Check {
  name: string;
  program: string;
  args: string[];
}

async function run({ name, program, args }: Check): Promise<ProgramResult & { name: string; seconds: number }> {
  const start = performance.now();
  const result = await runProgram(program, args);
  return { ...result, name, seconds: (performance.now() - start) / 1000 };
}
