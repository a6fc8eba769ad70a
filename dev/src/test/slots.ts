import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../processes/wait-until.ts';

/**
 * Takes one of `count` numbers that no other test file has, waiting where all are taken. Test files run in processes
 * of their own; making a folder is something only one of them can do.
 */
export async function takeSlot(folder: string, count: number, withinMs: number): Promise<number> {
  // From a random number on, so that a used one comes again late.
  const first = Math.floor(Math.random() * count);
  let taken: number | undefined;
  await waitUntil(() => {
    for (let offset = 0; offset < count && taken === undefined; offset++) {
      const slot = (first + offset) % count;
      if (make(join(folder, String(slot)))) taken = slot;
    }
    return taken !== undefined;
  }, withinMs);
  if (taken === undefined) throw new Error(`All ${count} places for test files were taken for ${withinMs / 1000} s.`);
  return taken;
}

export function giveBackSlot(folder: string, slot: number): void {
  rmdirSync(join(folder, String(slot)));
}

function make(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
