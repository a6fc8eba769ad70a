import { existsSync, writeFileSync } from 'node:fs';
import { inRoot, read, sha256 } from './root.mjs';
import { runQuietly } from './run-quietly.mjs';

const generated = inRoot('prisma', 'generated');
const stamp = inRoot('prisma', 'generated', '.made-from');

/** Schema and version: each decides what is generated. */
function source() {
  const version = read(inRoot('node_modules', 'prisma', 'package.json')) ?? '';
  return sha256(`${read(inRoot('prisma', 'schema.prisma'))}\n${version}`);
}

export function clientIsGenerated() {
  return existsSync(inRoot('prisma', 'generated', 'client.ts')) && read(stamp) === source();
}

export async function generateClient() {
  console.log('Generating the Prisma client (prisma generate).');
  await runQuietly(process.execPath, [inRoot('node_modules', 'prisma', 'build', 'index.js'), 'generate'], {
    // `generate` fetches the schema engine from the network unless the environment names one. It never runs it,
    // so any program that exists will do.
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  });
  if (!existsSync(generated)) throw new Error(`prisma generate ended well but made no ${generated}.`);
  writeFileSync(stamp, source());
}
