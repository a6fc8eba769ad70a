import { type SpawnOptions, spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null if a signal ended the program. */
  code: number | null;
  /** Both of its output streams, in the order in which they were written. */
  output: string;
}

/** Runs a program without input. Resolves when it has ended, however it ended; rejects if it cannot be started or `signal` has ended it. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'signal'> = {},
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
