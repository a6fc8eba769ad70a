import { existsSync } from 'node:fs';
import { findProgram } from './find-program.ts';
import { installDebianPackages } from './install-packages.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macs = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** A Chromium of this machine: SECKILL_CHROMIUM, or one that is found; undefined if there is none. */
function findChromium(): string | undefined {
  if (process.env['SECKILL_CHROMIUM']) return process.env['SECKILL_CHROMIUM'];
  for (const name of names) {
    const program = findProgram(name);
    if (program !== undefined) return program;
  }
  return existsSync(macs) ? macs : undefined;
}

let ensured: Promise<string | undefined> | undefined;

/** The same, installed through apt if that needs no password. Prints one line and resolves with undefined if there is none. */
export function ensureChromium(say: (line: string) => void): Promise<string | undefined> {
  ensured ??= findOrInstall(say);
  return ensured;
}

async function findOrInstall(say: (line: string) => void): Promise<string | undefined> {
  const there = findChromium();
  if (there !== undefined) return there;
  try {
    await installDebianPackages(['chromium'], say);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    say(`No Chromium here, so the browser tests are skipped (${reason}) Install one, or name it in SECKILL_CHROMIUM.`);
    return undefined;
  }
  return findChromium();
}
