import { setTimeout as sleep } from 'node:timers/promises';

/** Asks every few milliseconds until the answer is true; false where it is not when asked for the last time, after the time is over. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, withinMs: number, everyMs = 20): Promise<boolean> {
  const end = performance.now() + withinMs;
  for (;;) {
    // Looked at before asking: where this process itself was held up, what it waits for may have come meanwhile.
    const isOver = performance.now() >= end;
    if (await isSo()) return true;
    if (isOver) return false;
    await sleep(everyMs);
  }
}
