import { seckill } from '../../src/seckill.ts';

export interface Run {
  code: number;
  stdout: string;
  stderr: string;
  /** What the command showed of its progress. */
  progress: string[];
}

/** Runs `seckill` in this process, which takes milliseconds instead of the seconds of another Node. */
export async function runSeckill(
  args: readonly string[],
  env: Record<string, string> = {},
  /** Called with a function that presses Ctrl-C. */
  onFollow: (interrupt: () => void) => void = () => {},
): Promise<Run> {
  const run = { stdout: '', stderr: '', progress: [] as string[] };
  const code = await seckill(args, {
    env,
    print: (text) => {
      run.stdout += `${text}\n`;
    },
    printError: (text) => {
      run.stderr += `${text}\n`;
    },
    progress: (text) => {
      if (text !== undefined) run.progress.push(text);
    },
    onInterrupt: (listener) => {
      onFollow(listener);
      return () => {};
    },
  });
  return { code, ...run };
}
