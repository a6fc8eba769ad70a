import { type Command, type Flags, type FlagValues, readFlags, UsageError, usageText } from 'seckill-core';
import { stopOnSignal } from '../processes/stop-on-signal.ts';
import { type Platform, type PlatformOptions, startPlatform } from './start-platform.ts';

/** A command that is running. */
export interface Run {
  /** Aborted at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Calls `stop` when the command ends, however it ends. The last one added is called first. */
  atEnd(stop: () => unknown): void;
  /** Starts a platform that stops when the command ends. */
  startPlatform(options: PlatformOptions): Promise<Platform>;
}

interface CommandToRun<F extends Flags> {
  command: Command<F>;
  /** Resolves with the exit code, or with undefined to keep the process running until Ctrl-C. May throw a `UsageError`. */
  run(flags: FlagValues<F>, run: Run, words: readonly string[]): Promise<number | undefined>;
  /** Exit code after Ctrl-C. Default 130: interrupted before the end. */
  exitCodeAtStop?: number;
}

/**
 * Runs a command from its flags to its exit code: prints the usage after `--help` or wrong arguments, stops at Ctrl-C what the
 * command started, and reports the error if it fails.
 */
export async function runCommand<F extends Flags>({ command, run, exitCodeAtStop = 130 }: CommandToRun<F>): Promise<void> {
  const stops: (() => unknown)[] = [];
  const stopAll = async () => {
    for (let stop = stops.pop(); stop !== undefined; stop = stops.pop()) await stop();
  };
  const running = new AbortController();
  const atEnd: Run['atEnd'] = (stop) => stops.push(stop);
  // Before anything starts, so that Ctrl-C during the start stops that too.
  stopOnSignal(
    async () => {
      running.abort();
      await stopAll();
    },
    { exitCode: exitCodeAtStop },
  );
  try {
    const { flags, words } = readFlags(command, process.argv.slice(2));
    const code = await run(flags, { signal: running.signal, atEnd, startPlatform: (options) => start(options, atEnd) }, words);
    if (code === undefined) return;
    await stopAll();
    process.exit(code);
  } catch (error) {
    // Ctrl-C makes the interrupted work fail. That is no error.
    if (running.signal.aborted) return;
    if (error instanceof UsageError) {
      (error.exitCode === 0 ? console.log : console.error)(usageText(command, error));
      process.exit(error.exitCode);
    }
    console.error((error as Error).message);
    await stopAll();
    process.exit(1);
  }
}

function start(options: PlatformOptions, atEnd: Run['atEnd']): Promise<Platform> {
  const platform = startPlatform(options);
  atEnd(async () => (await platform.catch(() => undefined))?.stop());
  return platform;
}
