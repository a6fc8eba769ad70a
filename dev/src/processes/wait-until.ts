import { setTimeout as sleep } from 'node:timers/promises';

/** Asks every few milliseconds until the answer is true; false once the time is over. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, withinMs: number, everyMs = 20): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() >= end) return false;
    await sleep(everyMs);
  }
  return true;
}
