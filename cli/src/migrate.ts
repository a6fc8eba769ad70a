import { readFlags } from 'seckill-core';
import { migrateAndReport } from 'seckill-prisma';
import type { Command } from './command/command.ts';
import { readServers } from './command/servers.ts';

export const migrate: Command = {
  commandLine: (called) => ({
    usage: `${called.replace(/ --$/, '')}

Applies the migrations that the database does not have yet, in order. Several runs at once wait for each other.
DATABASE_URL names the database; it has no default here. If it leads to a pooler, set DIRECT_DATABASE_URL too.`,
    flags: {},
  }),

  async run(args, called, terminal) {
    readFlags(this.commandLine(called), args);
    const { databaseUrl, databaseIsNamed, directDatabaseUrl } = readServers(terminal);
    return migrateAndReport(directDatabaseUrl ?? (databaseIsNamed ? databaseUrl : undefined), terminal);
  },
};
