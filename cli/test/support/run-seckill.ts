import { execFile } from 'node:child_process';
import { root } from 'dev';

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `seckill` from the checkout. */
export function runSeckill(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  return new Promise((resolve) => {
    const options = { cwd: root, env: { ...process.env, ...env } };
    execFile(process.execPath, ['--import', 'tsx', 'cli/src/main.ts', ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}
