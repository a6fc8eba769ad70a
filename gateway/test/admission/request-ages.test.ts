import { newReservationId } from 'seckill-core';
import { expect, test } from 'vitest';
import { RequestAges } from '../../src/admission/request-ages.ts';
import { ReserveBatches } from '../../src/admission/reserve-batches.ts';
import type { ItemMemory } from '../../src/catalogue/item-memory.ts';
import type { ServerClock } from '../../src/catalogue/server-clock.ts';
import type { RedisLink } from '../../src/links/redis-link.ts';

const NGINX = '10.0.0.5';
const HOUR_MS = 3_600_000;
const EPOCH_MS = 1_764_000_000_000;

/** Requests that nginx sent at `sentAt` by its clock, in ms, and that are read at `readAt` by ours. */
function reader(ages = new RequestAges()) {
  return (sentAt: number, readAt: number, { name = 'nginx-1', peer = NGINX } = {}) =>
    Math.round(ages.ageMs(`${((EPOCH_MS + sentAt) / 1_000).toFixed(3)} ${name}`, peer, readAt));
}

test.each([0, HOUR_MS, -HOUR_MS])('a request is as old as it came later than the fastest, with clocks %d ms apart', (apart) => {
  const age = reader();
  expect(age(1_000, 1_000 + apart)).toBe(0);
  for (let at = 2_000; at < 60_000; at += 500) {
    expect(age(at, at + apart)).toBe(0);
    expect(age(at - 3_000, at + apart)).toBe(3_000);
  }
});

test('a clock that is set back makes requests look late for seconds, not for good', () => {
  const age = reader();
  for (let at = 0; at < 20_000; at += 100) expect(age(at, at)).toBe(0);
  let lateMs = 0;
  for (let at = 20_000; at < 60_000; at += 100) if (age(at - HOUR_MS, at) > 0) lateMs += 100;
  expect(lateMs).toBeGreaterThan(0);
  expect(lateMs).toBeLessThanOrEqual(10_200);
  for (let at = 60_000; at < 70_000; at += 100) expect(age(at, at)).toBeLessThanOrEqual(0);
});

test('what was learned outlasts a stall, but not the time between two sales, in which clocks part', () => {
  const age = reader();
  expect(age(0, 0)).toBe(0);
  expect(age(117_000, 120_000)).toBe(3_000);
  expect(age(24 * HOUR_MS - 3_000, 24 * HOUR_MS)).toBe(0);
  expect(age(24 * HOUR_MS - 2_900, 24 * HOUR_MS + 100)).toBe(0);
});

test('each proxy has its own clock, and other peers are not believed', () => {
  const age = reader();
  expect(age(0, 0)).toBe(0);
  expect(age(-5_000, 0, { name: 'nginx-2' })).toBe(0);
  expect(age(HOUR_MS, 1, { peer: '198.51.100.7' })).toBe(0);
  expect(age(2, 2)).toBe(0);
  expect(new RequestAges().ageMs('yesterday', NGINX, 1)).toBe(0);
});

test('what a gone client has asked for never reaches Redis', async () => {
  const asked: string[][] = [];
  const redis = {
    ask: (command: (client: object, runId: string) => unknown) => {
      const client = new Proxy(
        {},
        {
          get:
            () =>
            (...parts: unknown[]) =>
              asked.push(parts.flat().map(String)),
        },
      );
      command(client, 'run');
      return new Promise(() => undefined);
    },
  } as unknown as RedisLink;
  const batches = new ReserveBatches(redis, { now: () => 0 } as ServerClock, { decided() {}, failed() {} });
  const decisions: string[] = [];
  const add = (userId: string, writable: boolean) =>
    batches.add({ itemId: '00002a' } as ItemMemory, {
      reservationId: newReservationId('00002a'),
      userId,
      quantity: 1,
      connection: { writable },
      decide: ({ outcome }) => decisions.push(`${userId} ${outcome}`),
    });
  add('present', true);
  add('gone', false);
  await expect.poll(() => asked.length).toBeGreaterThan(0);
  expect(asked.flat().join(' ')).toContain('present');
  expect(asked.flat().join(' ')).not.toContain('gone');
  expect(decisions).toEqual(['gone UNAVAILABLE']);
  expect(batches.pending).toBe(1);
});
