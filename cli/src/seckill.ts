import { existsSync } from 'node:fs';
import { UsageError, usageText } from 'seckill-core';
import { type Command, CommandFailed, type Terminal } from './command/command.ts';

interface Entry {
  does: string;
  /** Imported on use, since only some commands need Prisma. */
  load: () => Promise<Command>;
}

const commands: Readonly<Record<string, Entry>> = {
  audit: {
    does: 'checks that the stock, reservations, orders and money of a sale add up, and repairs them',
    load: async () => (await import('./audit/audit.ts')).audit,
  },
  'dead-letters': {
    does: 'lists, shows, replays or discards messages that could not be handled',
    load: async () => (await import('./dead-letters/dead-letters.ts')).deadLetters,
  },
  draw: {
    does: 'repeats the shuffle of a queue or a draw from published data',
    load: async () => (await import('./draw/draw.ts')).draw,
  },
  'erase-user': {
    does: "puts a pseudonym in the place of a user's id",
    load: async () => (await import('./erase-user/erase-user.ts')).eraseUser,
  },
  events: {
    does: 'prints order events from any time',
    load: async () => (await import('./events/events.ts')).events,
  },
  migrate: {
    does: 'applies new migrations to the database',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  sinks: {
    does: 'shows how far the sinks of the data hub have come, and starts one over',
    load: async () => (await import('./sinks/sinks.ts')).sinks,
  },
};

/** The image has no dev folder; there the command is `seckill`, on the PATH. */
const isCheckout = existsSync(new URL('../../dev/run.mjs', import.meta.url));

/** Runs one command. Resolves to the exit code: 0 for success, 1 for a finding or a failure, 2 for wrong usage. */
export async function seckill([name = '', ...args]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === '--help') {
    terminal.print(overview());
    return 0;
  }
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    terminal.printError(`${name === '' ? 'Name a command.' : `There is no command "${name}".`}\n\n${overview()}`);
    return 2;
  }
  const command = await entry.load();
  const called = isCheckout ? `npm run ${name} --` : `seckill ${name}`;
  try {
    return await command.run(args, called, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      const text = usageText(command.commandLine(called), error);
      if (error.exitCode === 0) terminal.print(text);
      else terminal.printError(text);
      return error.exitCode;
    }
    if (!(error instanceof CommandFailed)) throw error;
    terminal.printError(error.message);
    return 1;
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map(({ length }) => length));
  const lines = Object.entries(commands).map(([name, { does }]) => `  ${name.padEnd(width)}  ${does}`);
  return `seckill COMMAND [flags]

${lines.join('\n')}

"seckill COMMAND --help" prints the flags of a command.
Exit code 0 is success, 1 a finding or a failure, 2 wrong usage.`;
}
