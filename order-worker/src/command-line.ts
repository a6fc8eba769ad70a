import { flag, readFlags, UsageError, usageText } from 'seckill-core';

/** What a process can be limited to: the names of the folders in these. */
const PARTS = ['listeners', 'sinks'] as const;
export type Only = Readonly<Record<(typeof PARTS)[number], readonly string[]>>;

const command = {
  usage:
    'node --import tsx order-worker/src/main.ts [flags]\nThe settings come from the environment: docs/operations.md has them.',
  flags: {
    only: flag.text('run only these parts, separated by commas, such as listeners/mail or sinks/files', { value: 'NAMES' }),
  },
};

/** Returns the listeners and sinks that the command line limits this process to. Undefined if it runs a whole worker. Throws a {@link UsageError}. */
export function readOnly(args: readonly string[]): Only | undefined {
  const { only } = readFlags(command, args).flags;
  if (only === undefined) return undefined;
  const names: Record<keyof Only, string[]> = { listeners: [], sinks: [] };
  for (const path of only.split(',')) {
    const part = PARTS.find((each) => path.startsWith(`${each}/`) && path.length > each.length + 1);
    if (part === undefined) throw new UsageError(`--only takes names such as listeners/mail and sinks/files, not "${path}".`);
    names[part].push(path.slice(part.length + 1));
  }
  return names;
}

/** Reads the command line. For wrong arguments and `--help`, prints how to call the worker and exits. */
export function readOnlyOrExit(args: readonly string[]): Only | undefined {
  try {
    return readOnly(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console[error.exitCode === 0 ? 'log' : 'error'](usageText(command, error));
    return process.exit(error.exitCode);
  }
}
