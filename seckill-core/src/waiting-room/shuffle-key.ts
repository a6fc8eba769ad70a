import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { loadScript, runScript } from '../stock/script.ts';
import { roomKeys } from './keys.ts';
import type { Lane } from './lanes.ts';

const writeScript = loadScript('write-shuffle-key', ['room']);
/** Hashed in one go: about 3 ms. */
const PORTION = 2 ** 20;

/**
 * Returns the key of a lane's shuffle, 64 hex digits: the SHA-256 of the seed's hex text, the lane's letter and the entries' ids. No one knows it before
 * the last entry, and all can compute it afterwards. Lets the event loop go on between portions.
 */
export async function shuffleKeyOf(seed: string, lane: Lane, entries: string): Promise<string> {
  const sum = createHash('sha256').update(seed).update(lane);
  for (let from = 0; from < entries.length; from += PORTION) {
    if (from > 0) await new Promise((resolve) => setImmediate(resolve));
    sum.update(entries.slice(from, from + PORTION));
  }
  return sum.digest('hex');
}

/** Keeps the key of a lane. Resolves to false if the room was rebuilt since `epoch`, is not known, or has another key: read it again. */
export async function writeShuffleKey(
  redis: Redis,
  saleId: string,
  { runId, epoch }: { runId: string; epoch: number },
  lane: Lane,
  key: string,
): Promise<boolean> {
  return (await runScript(redis, writeScript, roomKeys(saleId), [runId, epoch, lane, key])) === 1;
}
