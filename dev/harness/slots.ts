import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { waitUntil } from '../processes/wait-until.ts';

/**
 * Takes one of `count` numbers that no other test file holds, and waits if all are taken. Test files run in separate processes, so a slot
 * is a folder: only one process can create it.
 */
export async function takeSlot(folder: string, count: number, withinMs: number): Promise<number> {
  const all = Array.from({ length: count }, (_, slot) => slot);
  let taken: number | undefined;
  await waitUntil(() => {
    // A used slot only if there is no other: work that a file left running may still write there for a moment.
    const order = [...all.filter((slot) => !wasUsed(folder, slot)), ...all.filter((slot) => wasUsed(folder, slot))];
    taken = order.find((slot) => make(join(folder, String(slot))));
    return taken !== undefined;
  }, withinMs);
  if (taken === undefined) throw new Error(`All ${count} places for test files were taken for ${withinMs / 1000} s.`);
  return taken;
}

export function giveBackSlot(folder: string, slot: number): void {
  make(usedSign(folder, slot));
  rmdirSync(join(folder, String(slot)));
}

const usedSign = (folder: string, slot: number) => join(folder, `${slot}-used`);
const wasUsed = (folder: string, slot: number) => existsSync(usedSign(folder, slot));

function make(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
