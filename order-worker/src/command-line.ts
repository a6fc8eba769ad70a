import { flag, readFlags, UsageError, usageText } from 'seckill-core';

const FOLDER = 'listeners/';

const command = {
  usage:
    'node --import tsx order-worker/src/main.ts [flags]\nThe settings come from the environment: docs/operations.md has them.',
  flags: {
    only: flag.text('run only these listeners, separated by commas, such as listeners/mail', { value: 'NAMES' }),
  },
};

/** Returns the listeners that the command line limits this process to. Undefined if it runs a whole worker. Throws a {@link UsageError}. */
export function readOnly(args: readonly string[]): string[] | undefined {
  const { only } = readFlags(command, args).flags;
  if (only === undefined) return undefined;
  return only.split(',').map((name) => {
    if (name.startsWith(FOLDER) && name.length > FOLDER.length) return name.slice(FOLDER.length);
    throw new UsageError(`--only takes names such as ${FOLDER}mail, not "${name}".`);
  });
}

/** Reads the command line. For wrong arguments and `--help`, prints how to call the worker and exits. */
export function readOnlyOrExit(args: readonly string[]): string[] | undefined {
  try {
    return readOnly(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console[error.exitCode === 0 ? 'log' : 'error'](usageText(command, error));
    return process.exit(error.exitCode);
  }
}
