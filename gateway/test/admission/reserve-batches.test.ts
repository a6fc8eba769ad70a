import { setImmediate as turn } from 'node:timers/promises';
import { deferred } from '@nats-io/nats-core';
import type { Redis } from 'ioredis';
import { newReservationId, RESERVE_BATCH_LIMIT, type ReserveResult } from 'seckill-core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { type Attempt, DECIDE_WITHIN_MS, HOT_EVERY_MS, ReserveBatches } from '../../src/admission/reserve-batches.ts';
import type { ItemMemory } from '../../src/catalogue/item-memory.ts';
import type { ServerClock } from '../../src/catalogue/server-clock.ts';
import type { RedisLink } from '../../src/links/redis-link.ts';

const result: ReserveResult = { now: 0, left: 1, progress: 1, answers: [] };
let calls: ReturnType<typeof deferred<ReserveResult>>[];
let decided: [itemId: string, attempts: number][];
let failed: number[];
let decideBys: number[];
let now: number;
let batches: ReserveBatches;

const itemOf = (itemId: string) => ({ itemId, progress: 0 }) as ItemMemory;
const item = itemOf('00002a');
const attempt = (changes: Partial<Attempt> = {}): Attempt => ({
  reservationId: newReservationId('00002a'),
  userId: 'ann',
  quantity: 1,
  decide: () => undefined,
  ...changes,
});
const add = (count: number, to = item) => {
  for (let i = 0; i < count; i += 1) batches.add(to, attempt());
};
const turns = async () => {
  for (let i = 0; i < 5; i += 1) await turn();
};

/** A Redis that answers when the test says so. */
beforeEach(() => {
  [calls, decided, failed, decideBys, now] = [[], [], [], [], 10_000];
  // Of the keys and arguments, the eighth is `decideBy`.
  const script = async (...args: unknown[]) => void decideBys.push(args[8] as number);
  const redis = { 'seckill:reserve': script } as unknown as Redis;
  const ask: RedisLink['ask'] = (work) => {
    void work(redis, 'run').catch(() => undefined);
    const call = deferred<ReserveResult>();
    calls.push(call);
    return call as unknown as Promise<never>;
  };
  batches = new ReserveBatches({ ask } as RedisLink, { now: () => now } as ServerClock, {
    decided: ({ itemId }, attempts) => decided.push([itemId, attempts.length]),
    failed: (_, attempts) => failed.push(attempts.length),
  });
});

describe('requests for one item', () => {
  test('of one turn of the event loop go together, at its end', async () => {
    add(5);
    expect(calls).toHaveLength(0);
    await turns();
    expect(calls).toHaveLength(1);
    calls[0]?.resolve(result);
    await turns();
    expect(decided).toEqual([['00002a', 5]]);
    expect(batches.pending).toBe(0);
  });

  test('that is hot wait for each other for some milliseconds, unless they fill a batch', async () => {
    const hot = { ...itemOf('00002b'), isHot: true } as ItemMemory;
    const from = performance.now();
    add(1, hot);
    await turns();
    calls[0]?.resolve(result);
    await turns();
    for (const count of [1, 2]) {
      add(count, hot);
      await turns();
    }
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    expect(performance.now() - from).toBeGreaterThan(HOT_EVERY_MS - 1);
    calls[1]?.resolve(result);
    await turns();
    add(RESERVE_BATCH_LIMIT, hot);
    expect(calls).toHaveLength(3);
    calls[2]?.resolve(result);
    await turns();
    expect(decided.map(([, attempts]) => attempts)).toEqual([1, 3, RESERVE_BATCH_LIMIT]);
  });

  test('that arrive during a call go together after it, in whatever turns they came', async () => {
    add(1);
    await turns();
    add(3);
    await turns();
    add(4);
    await turns();
    expect(calls).toHaveLength(1);
    calls[0]?.resolve(result);
    await turns();
    expect(calls).toHaveLength(2);
    calls[1]?.resolve(result);
    await turns();
    expect(decided).toEqual([
      ['00002a', 1],
      ['00002a', 7],
    ]);
  });

  test('go at once if they fill a batch, and the rest waits until no call is under way', async () => {
    add(1);
    await turns();
    add(RESERVE_BATCH_LIMIT + 3);
    await turns();
    expect(calls).toHaveLength(2);
    calls[1]?.resolve(result);
    await turns();
    expect(calls).toHaveLength(2);
    calls[0]?.resolve(result);
    await turns();
    calls[2]?.resolve(result);
    await turns();
    expect(decided).toEqual([
      ['00002a', RESERVE_BATCH_LIMIT],
      ['00002a', 1],
      ['00002a', 3],
    ]);
  });

  test('are decided within a second of the first, also if they waited for a call', async () => {
    add(1);
    await turns();
    add(1);
    now += 900;
    add(1);
    calls[0]?.resolve(result);
    await turns();
    expect(decideBys).toEqual([10_000, 10_000].map((came) => came + DECIDE_WITHIN_MS));
  });

  test('wait for no call for another item', async () => {
    add(1);
    await turns();
    add(2, itemOf('00002b'));
    await turns();
    expect(calls).toHaveLength(2);
  });

  test('go after a call that failed', async () => {
    add(2);
    await turns();
    add(3);
    calls[0]?.reject(new Error('Redis is away.'));
    await turns();
    calls[1]?.resolve(result);
    await turns();
    expect(failed).toEqual([2]);
    expect(decided).toEqual([['00002a', 3]]);
  });

  test('whose clients have all gone hold nothing up', async () => {
    add(1);
    await turns();
    const answers: string[] = [];
    batches.add(item, attempt({ connection: { writable: false }, decide: ({ outcome }) => answers.push(outcome) }));
    calls[0]?.resolve(result);
    await turns();
    expect(answers).toEqual(['UNAVAILABLE']);
    add(2);
    await turns();
    calls[1]?.resolve(result);
    await turns();
    expect(decided).toEqual([
      ['00002a', 1],
      ['00002a', 2],
    ]);
  });
});
