import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProgramResult, runProgram } from '../processes/run-program.ts';
import { findProgram } from './find-program.ts';
import { debianPackages, howToInstall, type ServerName } from './how-to-install.ts';

const policyFile = '/usr/sbin/policy-rc.d';

/** Installs through apt, on Debian and Ubuntu as root. Elsewhere throws instructions for installing the servers. */
export async function installPackages(missing: readonly ServerName[], say: (line: string) => void): Promise<void> {
  try {
    await installDebianPackages(
      missing.map((name) => debianPackages[name]),
      say,
    );
  } catch (error) {
    if (error instanceof NoApt) throw new Error(howToInstall(missing, error.message));
    throw new Error(`${(error as Error).message}\n\n${howToInstall(missing, 'apt-get could not install them (see above).')}`);
  }
}

/** This process cannot install packages. */
class NoApt extends Error {
  override readonly name = 'NoApt';
}

/** Throws {@link NoApt}, or what apt-get said. */
export async function installDebianPackages(packages: readonly string[], say: (line: string) => void): Promise<void> {
  const apt = findProgram('apt-get');
  if (apt === undefined) throw new NoApt('Automatic installation needs apt-get.');
  if (process.getuid?.() !== 0) throw new NoApt('Automatic installation needs root.');
  say(`Installing ${packages.join(', ')} with apt-get (once on this machine).`);
  const removePolicy = keepServicesStopped();
  try {
    await installWith(apt, packages);
  } finally {
    removePolicy();
  }
}

/** Another apt-get, such as that of a second first run, may hold the locks for a while, so this retries. */
async function installWith(apt: string, packages: readonly string[]): Promise<void> {
  const attempts = 3;
  for (let attempt = 1; ; attempt++) {
    // A failed update alone is no reason to stop: one stale third-party source must not be in the way of packages that are there.
    const update = await run(apt, ['update', '-q']);
    const install = await run(apt, [
      'install',
      '-y',
      '-q',
      '--no-install-recommends',
      '-o',
      'DPkg::Lock::Timeout=300',
      ...packages,
    ]);
    if (install.code === 0) return;
    const output = `${update.code === 0 ? '' : update.output}${install.output}`.trimEnd();
    if (attempt === attempts)
      throw new Error(`apt-get install ${packages.join(' ')} failed:\n${output.split('\n').slice(-20).join('\n')}`);
    await sleep(5000);
  }
}

/**
 * The packages start services on the usual ports, which is unwanted here. Debian asks policy-rc.d
 * before it starts one. Ours forbids it only while this process lives, so a copy left by a crash does no harm.
 */
function keepServicesStopped(): () => void {
  if (existsSync(policyFile)) return () => {};
  writeFileSync(
    policyFile,
    `#!/bin/sh\n# Written by seckill while it installs servers; without effect afterwards.\nkill -0 ${process.pid} 2>/dev/null && exit 101\nexit 0\n`,
    {
      mode: 0o755,
    },
  );
  return () => rmSync(policyFile, { force: true });
}

function run(program: string, args: string[]): Promise<ProgramResult> {
  return runProgram(program, args, { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
}
