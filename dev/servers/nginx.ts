import { findProgram } from './find-program.ts';
import { installDebianPackages } from './install-packages.ts';

let ensured: Promise<string | undefined> | undefined;

/** This machine's nginx, installed through apt if that needs no password. Prints one line and resolves with undefined if there is none. */
export function ensureNginx(say: (line: string) => void): Promise<string | undefined> {
  ensured ??= findOrInstall(say);
  return ensured;
}

async function findOrInstall(say: (line: string) => void): Promise<string | undefined> {
  const there = findProgram('nginx');
  if (there !== undefined) return there;
  try {
    await installDebianPackages(['nginx-light'], say);
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    say(`No nginx here, so its tests are skipped (${reason}) To have them: apt-get install nginx-light, or brew install nginx.`);
    return undefined;
  }
  return findProgram('nginx');
}
