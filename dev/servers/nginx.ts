import { findProgram } from './find-program.ts';
import { installDebianPackages } from './install-packages.ts';

let ensured: Promise<string | undefined> | undefined;

/** This machine's nginx, installed through apt where that can be done without asking anybody. Says it in one line where none can be had. */
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
