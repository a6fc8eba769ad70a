import { writeFileSync } from 'node:fs';
import { hashOf, inRoot, read } from './root.mjs';
import { runQuietly } from './run-quietly.mjs';

const tool = 'gateway/web/tools/build/write-api-types.ts';
const stamp = inRoot('gateway', 'web', 'generated', '.made-from');

/** Everything that can change the gateway's OpenAPI document, and what turns it into types. */
const source = () => hashOf('gateway/src', 'seckill-core/src', tool, 'gateway/web/package.json');

export function apiTypesAreWritten() {
  return read(stamp) === source();
}

/** Only type checks need them: vite removes types without reading them. */
export async function writeApiTypes() {
  console.log("Writing the types of the gateway's API (openapi-typescript).");
  const made = source();
  await runQuietly(process.execPath, ['--import', 'tsx', tool]);
  writeFileSync(stamp, made);
}
