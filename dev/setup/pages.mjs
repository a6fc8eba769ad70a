import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inRoot, read, sha256 } from './root.mjs';
import { runQuietly } from './run-quietly.mjs';

const web = inRoot('gateway', 'web');
const stamp = join(web, 'dist', '.made-from');

/** All that decides what is built: the sources, and the versions of what they are built with. */
function source() {
  const files = ['storefront', 'console', 'shared', 'tools/build'].flatMap((folder) =>
    readdirSync(join(web, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const named = ['storefront.html', 'console.html', 'vite.config.ts', 'tsconfig.json'].map((name) => join(web, name));
  const versions = ['vite', 'vue', 'uplot'].map((name) => inRoot('node_modules', name, 'package.json'));
  return sha256([...files.sort(), ...named, ...versions].map((path) => `${path.slice(web.length)}\n${read(path)}`).join('\n'));
}

export function pagesAreBuilt() {
  return read(stamp) === source();
}

export async function buildPages() {
  console.log('Building the pages (vite build).');
  const made = source();
  await runQuietly(process.execPath, [inRoot('node_modules', 'vite', 'bin', 'vite.js'), 'build', web]);
  writeFileSync(stamp, made);
}
