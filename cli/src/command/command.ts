import type { Command as CommandLine, Flag } from 'seckill-core';

/** What a command may read and print. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  print(text: string): void;
  printError(text: string): void;
  /** Shows how far long work is, in place of what it showed before; undefined removes it. */
  progress(text: string | undefined): void;
  /** Calls `listener` instead of ending the process when the operator presses Ctrl-C. Returns a function that undoes this. */
  onInterrupt(listener: () => void): () => void;
}

/** One of the operator's commands. */
export interface Command {
  /** `called` is how the command is started: `seckill audit` in the image, `npm run audit --` in a checkout. */
  commandLine(called: string): CommandLine<Record<string, Flag<unknown>>>;
  /** Resolves to the exit code: 0 for success, 1 for a finding. Throws a UsageError or {@link CommandFailed}. */
  run(args: readonly string[], called: string, terminal: Terminal): Promise<number>;
}

/** The command could not do its work. The message is for the operator; exit code 1. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}
