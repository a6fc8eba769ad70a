import { seckill } from '../../src/seckill.ts';

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `seckill` in this process, which takes milliseconds instead of the seconds of another Node. */
export async function runSeckill(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const run = { stdout: '', stderr: '' };
  const code = await seckill(args, {
    env,
    print: (text) => {
      run.stdout += `${text}\n`;
    },
    printError: (text) => {
      run.stderr += `${text}\n`;
    },
  });
  return { code, ...run };
}
