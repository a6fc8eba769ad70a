import type { Redis } from 'ioredis';
import { WINNER_DIGITS } from './item-sums.ts';
import { itemKeys } from './keys.ts';
import { loadScript, runScript } from './script.ts';

const observeScript = loadScript('observe', ['item', 'won']);

/** Characters of `won` in one reply: 50 000 winners, 300 kB. */
const TAIL_LIMIT = 300_000;

/** A caller's position in the list of winners. */
export interface WinnersRead {
  generation: string;
  length: number;
}

export type Observation =
  | { known: false }
  | {
      known: true;
      /** Redis's clock, ms. */
      now: number;
      left: number;
      /** `left`, or 0 while returned units are held back, see sold-out-lease.ts. */
      winnable: number;
      /** Units in reservations that are not paid yet. Undefined for an item that an earlier version opened. */
      unpaid: number | undefined;
      /** Wins in the item's list, cancelled ones included. */
      winners: number;
      /** Grows with every win and every rebuild. */
      progress: number;
      state: 'OPEN' | 'PAUSED' | 'CLOSED';
      /** The caller's position after this reply, and whether it has read every winner. */
      read: WinnersRead;
      complete: boolean;
      /** The winners not read before (all of them if `restarted`), as fingerprints. */
      fingerprints: number[];
      restarted: boolean;
    };

/** Reads what may be answered from memory for an item, and the winners after `read`. */
export async function observe(redis: Redis, itemId: string, runId: string, read: WinnersRead): Promise<Observation> {
  const args = [runId, read.generation, read.length, TAIL_LIMIT];
  const reply = (await runScript(redis, observeScript, itemKeys(itemId), args)) as [
    now: number,
    known: number,
    left: number,
    state: 'OPEN' | 'PAUSED' | 'CLOSED',
    generation: string,
    length: number,
    tail: string,
    progress: number,
    unpaid: number,
    winnable: number,
  ];
  const [now, known, left, state, generation, length, tail, progress, unpaid, winnable] = reply;
  if (known === 0) return { known: false };
  const restarted = generation !== read.generation;
  const readNow = (restarted ? 0 : read.length) + tail.length;
  const prints = Buffer.from(tail, 'hex');
  const fingerprints: number[] = [];
  for (let at = 0; at < prints.length; at += 3) fingerprints.push(prints.readUIntBE(at, 3));
  return {
    known: true,
    now,
    left,
    winnable,
    unpaid: unpaid < 0 ? undefined : unpaid,
    winners: length / WINNER_DIGITS,
    progress,
    state,
    read: { generation, length: readNow },
    complete: readNow >= length,
    fingerprints,
    restarted,
  };
}
