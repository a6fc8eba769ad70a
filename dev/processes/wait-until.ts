import { setTimeout as sleep } from 'node:timers/promises';

/** Calls `isSo` every `everyMs` until it is true. Resolves with false if the last call, after `withinMs`, is not. */
export async function waitUntil(isSo: () => boolean | Promise<boolean>, withinMs: number, everyMs = 20): Promise<boolean> {
  const end = performance.now() + withinMs;
  for (;;) {
    // Read before the call: if this process was held up, the condition may have become true in that time.
    const isOver = performance.now() >= end;
    if (await isSo()) return true;
    if (isOver) return false;
    await sleep(everyMs);
  }
}
