import { writeFileSync } from 'node:fs';
import { inRoot, read, sha256 } from './root.mjs';
import { runQuietly } from './run-quietly.mjs';

const stamp = inRoot('node_modules', '.seckill-packages');
const lockFile = inRoot('package-lock.json');

export function packagesAreInstalled() {
  const hash = sha256(read(lockFile) ?? '');
  if (read(stamp) === hash) return true;
  if (!matchesLockFile()) return false;
  // A person ran npm install or npm ci.
  writeFileSync(stamp, hash);
  return true;
}

/** npm notes what it installed in node_modules/.package-lock.json, which it writes when everything is in place. */
function matchesLockFile() {
  const [wanted, installed] = [lockFile, inRoot('node_modules', '.package-lock.json')].map(packagesOf);
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, dev, peer }]) => {
    if (path === '') return true;
    const there = installed[path];
    // Optional ones are the builds for other operating systems.
    return there === undefined ? optional === true || (peer === true && dev !== true) : there.version === version;
  });
}

function packagesOf(path) {
  try {
    return JSON.parse(read(path) ?? '').packages;
  } catch {
    return undefined;
  }
}

export async function installPackages() {
  console.log('Installing packages (npm ci).');
  // No install scripts: no package here needs its own, and Prisma's would download an engine that is never used.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  // The npm that runs this process, if any: the PATH may hold another one.
  if (npm?.endsWith('.js')) await runQuietly(process.execPath, [npm, ...args]);
  else await runQuietly('npm', args);
  writeFileSync(stamp, sha256(read(lockFile) ?? ''));
}
