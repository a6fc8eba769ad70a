import { existsSync } from 'node:fs';
import { type Command, CommandFailed, WrongUsage } from './command.ts';

interface Entry {
  does: string;
  /** Imported on use: `migrate` needs no NATS client, and `audit` no Prisma client. */
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
  migrate: {
    does: 'applies new migrations to the database',
    load: async () => (await import('./migrate.ts')).migrate,
  },
};

/** The image has no dev folder; there the command is `seckill`, on the PATH. */
const isCheckout = existsSync(new URL('../../dev/run.mjs', import.meta.url));

const [name = '', ...args] = process.argv.slice(2);
process.exitCode = await main(name, args);

async function main(name: string, args: readonly string[]): Promise<number> {
  if (name === '--help') return say(overview());
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) {
    console.error(`${name === '' ? 'Name a command.' : `There is no command "${name}".`}\n\n${overview()}`);
    return 2;
  }
  const command = await entry.load();
  const called = isCheckout ? `npm run ${name} --` : `seckill ${name}`;
  if (args.includes('--help')) return say(command.usage(called));
  try {
    return await command.run(args, called);
  } catch (error) {
    if (error instanceof WrongUsage) {
      console.error(`${error.message}\n\n${command.usage(called)}`);
      return 2;
    }
    if (!(error instanceof CommandFailed)) throw error;
    console.error(error.message);
    return 1;
  }
}

function say(text: string): number {
  console.log(text);
  return 0;
}

function overview(): string {
  const width = Math.max(...Object.keys(commands).map(({ length }) => length));
  const lines = Object.entries(commands).map(([name, { does }]) => `  ${name.padEnd(width)}  ${does}`);
  return `seckill COMMAND [flags]

${lines.join('\n')}

"seckill COMMAND --help" prints the flags of a command.
Exit code 0 is success, 1 a finding or a failure, 2 wrong usage.`;
}
