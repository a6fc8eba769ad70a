import { join } from 'node:path';
import { findFolderOf, findProgram } from './find-program.ts';
import type { ServerName } from './how-to-install.ts';
import { installPackages } from './install-packages.ts';

export interface Programs {
  redis: string;
  nats: string;
  postgres: { initdb: string; postgres: string };
}

const find: { [Name in ServerName]: () => Programs[Name] | undefined } = {
  redis: () => findProgram('redis-server'),
  // Debian's is far behind the current one; both have to work, so the tests can be run on either.
  nats: () => process.env.SECKILL_NATS_SERVER || findProgram('nats-server'),
  postgres: () => {
    const folder = findFolderOf('initdb', 'postgres');
    return folder === undefined ? undefined : { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
  },
};

/** Makes sure the programs of these servers are there, installing what is missing; throws a message that says how to get them. */
export async function ensurePrograms(names: readonly ServerName[], say: (line: string) => void): Promise<void> {
  const missing = names.filter((name) => find[name]() === undefined);
  if (missing.length === 0) return;
  await installPackages(missing, say);
  const stillMissing = names.filter((name) => find[name]() === undefined);
  if (stillMissing.length > 0) throw new Error(`Installed, but not found afterwards: ${stillMissing.join(', ')}.`);
}

export function programOf<Name extends ServerName>(name: Name): Programs[Name] {
  const program = find[name]();
  if (program === undefined) throw new Error(`The programs of ${name} are gone from this machine.`);
  return program;
}
