import { migrateAndReport } from 'seckill-prisma';
import { type Command, WrongUsage } from './command.ts';
import { readServers } from './servers.ts';

export const migrate: Command = {
  usage: (called) => `${called.replace(/ --$/, '')}

Applies the migrations that the database does not have yet, in order. Several runs at once wait for each other.
DATABASE_URL names the database; it has no default here.`,

  async run(args) {
    if (args[0] !== undefined) throw new WrongUsage(`"${args[0]}" is one argument too many.`);
    const { databaseUrl, databaseIsNamed } = readServers();
    return migrateAndReport(databaseIsNamed ? databaseUrl : undefined);
  },
};
