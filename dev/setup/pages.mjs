import { writeFileSync } from 'node:fs';
import { hashOf, inRoot, read } from './root.mjs';
import { runQuietly } from './run-quietly.mjs';

const web = inRoot('gateway', 'web');
const stamp = inRoot('gateway', 'web', 'dist', '.made-from');

/** Everything that decides the result: the sources, and the versions of vite and the libraries. */
const source = () =>
  hashOf(
    ...['storefront', 'console', 'shared', 'tools/build'].map((folder) => `gateway/web/${folder}`),
    ...['storefront.html', 'console.html', 'vite.config.ts', 'tsconfig.json', 'package.json'].map(
      (name) => `gateway/web/${name}`,
    ),
    'seckill-core/src/domain',
  );

export function pagesAreBuilt() {
  return read(stamp) === source();
}

export async function buildPages() {
  console.log('Building the pages (vite build).');
  const made = source();
  await runQuietly(process.execPath, [inRoot('node_modules', 'vite', 'bin', 'vite.js'), 'build', web]);
  writeFileSync(stamp, made);
}
