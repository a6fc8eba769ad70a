import { newReservationId, type Observation, SOLD_OUT_LEASE_MS } from 'seckill-core';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { ItemMemory } from '../../src/catalogue/item-memory.ts';
import { saleSettings } from '../support/sales.ts';

const sale = saleSettings({ rateLimit: { ratePerSecond: 100, burst: 1 } });
const [settings] = sale.items;
if (settings === undefined) throw new Error('The sale has an item.');
const time = sale.startsAt + 1_000;
const newcomer = newReservationId(settings.itemId);
const winner = newReservationId(settings.itemId);
const fingerprint = Number.parseInt(winner.slice(24, 30), 16);

const soldOut = (more: Partial<Extract<Observation, { known: true }>> = {}): Observation => ({
  known: true,
  now: time,
  left: 0,
  unpaid: 0,
  winnable: 0,
  winners: 1,
  progress: 1,
  state: 'OPEN',
  read: { generation: 'g', length: 6 },
  complete: true,
  fingerprints: [fingerprint],
  restarted: false,
  ...more,
});

let item: ItemMemory;
beforeEach(() => {
  item = new ItemMemory(sale, settings);
  item.askedAt = 1_000;
});

/** Asks for the winners that are not known, as the observer does. */
const learn = (observation: Observation, sentAt: number): boolean => item.learn(observation, sentAt, item.unread);

/** The first sold-out observation only makes the item want the winners. */
function believe(sentAt: number, observation = soldOut()): void {
  learn(soldOut(), sentAt);
  learn(observation, sentAt);
}

describe('sold out', () => {
  test('is not believed before the winners are known', () => {
    expect(learn(soldOut(), 1_000)).toBe(true);
    expect(item.answer(newcomer, 1_001, time)).toBeUndefined();
    expect(learn(soldOut({ complete: false }), 1_002)).toBe(true);
    expect(item.answer(newcomer, 1_003, time)).toBeUndefined();
    expect(learn(soldOut(), 1_004)).toBe(false);
    expect(item.answer(newcomer, 1_005, time)).toEqual({ outcome: 'SOLD_OUT' });
  });

  test('is not believed if the set of winners is newer than the request', () => {
    const asked = item.unread;
    item.remember(newReservationId(settings.itemId));
    const late = soldOut({ fingerprints: [], read: { ...asked, generation: 'g' } });
    expect(item.learn(late, 1_000, asked)).toBe(true);
    expect(item.answer(winner, 1_001, time)).toBeUndefined();
    expect(learn(soldOut(), 1_002)).toBe(false);
    expect(item.answer(winner, 1_003, time)).toBeUndefined();
    expect(item.answer(newcomer, 1_003, time)?.outcome).toBe('SOLD_OUT');
  });

  test('is believed from the moment the request was sent, for the length of the lease', () => {
    believe(1_000);
    expect(item.answer(newcomer, 1_000 + SOLD_OUT_LEASE_MS - 1, time)?.outcome).toBe('SOLD_OUT');
    expect(item.answer(newcomer, 1_000 + SOLD_OUT_LEASE_MS, time)).toBeUndefined();
  });

  test('is renewed while buyers ask, ten times a second at most', () => {
    item.renew = vi.fn();
    believe(1_000);
    item.lookedAt = 1_000;
    expect(item.answer(newcomer, 1_099, time)?.outcome).toBe('SOLD_OUT');
    expect(item.renew).not.toHaveBeenCalled();
    expect(item.answer(newcomer, 1_100, time)?.outcome).toBe('SOLD_OUT');
    expect(item.renew).toHaveBeenCalledTimes(1);
  });

  test('is never the answer to a token that may have won', () => {
    believe(1_000);
    expect(item.answer(winner, 1_001, time)).toBeUndefined();
  });

  test('keeps the known winners when the list in Redis starts over', () => {
    believe(1_000);
    learn(soldOut({ fingerprints: [], restarted: true, read: { generation: 'h', length: 0 } }), 1_100);
    expect(item.answer(winner, 1_101, time)).toBeUndefined();
    expect(item.answer(newcomer, 1_101, time)?.outcome).toBe('SOLD_OUT');
  });

  test('needs no winners while no buyer asks: they are neither read nor kept', () => {
    item.askedAt = Number.NEGATIVE_INFINITY;
    const before = item.unread;
    expect(learn(soldOut({ complete: false }), 1_000)).toBe(false);
    expect(item.unread).toEqual({ ...before, generation: 'g' });
    expect(item.isSoldOut(1_001)).toBe(true);
    expect(item.answer(newcomer, 1_002, time)).toBeUndefined();

    believe(1_003);
    expect(item.answer(newcomer, 1_004, time)?.outcome).toBe('SOLD_OUT');
    item.rest(61_004);
    expect(item.unread.length).toBe(6);
    item.rest(61_005);
    expect(item.unread.length).toBeGreaterThan(1e12);
    expect(learn(soldOut({ complete: false }), 61_006)).toBe(false);
    item.rest(61_007);
    expect(item.isSoldOut(61_007)).toBe(true);
    expect(item.answer(newcomer, 61_008, time)).toBeUndefined();
  });

  test('is forgotten at once when units are back, when the stock is unknown, and on any doubt', () => {
    for (const forget of [() => learn(soldOut({ left: 1 }), 1_050), () => learn({ known: false }, 1_050), () => item.doubt()]) {
      believe(1_000);
      expect(item.answer(newcomer, 1_010, time)?.outcome).toBe('SOLD_OUT');
      forget();
      expect(item.answer(newcomer, 1_060, time)).toBeUndefined();
      expect(item.isSoldOut(1_060)).toBe(false);
    }
  });
});

describe('the end', () => {
  test("is believed only once Redis's clock has passed it", () => {
    believe(1_000, soldOut({ left: 5, now: sale.endsAt - 1 }));
    expect(item.answer(newcomer, 1_001, sale.endsAt + 5)).toBeUndefined();
    believe(1_100, soldOut({ left: 5, now: sale.endsAt }));
    expect(item.answer(newcomer, 1_101, sale.endsAt + 105)?.outcome).toBe('SALE_ENDED');
  });

  test('comes early if the sale is closed', () => {
    believe(1_000, soldOut({ left: 5, state: 'CLOSED' }));
    expect(item.answer(newcomer, 1_001, time)?.outcome).toBe('SALE_ENDED');
    expect(item.answer(winner, 1_001, time)).toBeUndefined();
  });
});

describe('an empty bucket', () => {
  const ask = (reservationId: string, now: number, userId = 'bob') => item.notYourTurn(userId, reservationId, now, time);

  test('is not the answer to winners of this gateway', () => {
    item.remember(winner);
    item.limited('ann', 10, 1_000, time);
    expect(ask(winner, 1_005, 'cid')).toBeUndefined();
    expect(ask(newcomer, 1_005)?.outcome).toBe('RATE_LIMITED');
  });

  test('makes the gateway look for the winners of others twice a second', () => {
    item.renew = vi.fn();
    item.limited('ann', 1_000, 1_000, time);
    item.lookedAt = 1_000;
    expect(ask(newcomer, 1_499)?.outcome).toBe('RATE_LIMITED');
    expect(item.renew).not.toHaveBeenCalled();
    expect(ask(newcomer, 1_500)?.outcome).toBe('RATE_LIMITED');
    expect(item.renew).toHaveBeenCalledTimes(1);
  });

  test('is believed until the bucket has a token again', () => {
    expect(item.limited('ann', 10, 1_000, time)).toMatchObject({ outcome: 'RATE_LIMITED' });
    expect(ask(newcomer, 1_009)?.outcome).toBe('RATE_LIMITED');
    expect(ask(newcomer, 1_012, 'cid')).toBeUndefined();
  });

  test('is forgotten with everything else on any doubt', () => {
    item.limited('ann', 1_000, 1_000, time);
    expect(ask(newcomer, 1_001)?.outcome).toBe('RATE_LIMITED');
    item.doubt();
    expect(ask(newcomer, 1_002, 'cid')).toBeUndefined();
  });

  test('a user who comes before their time gets the rest of the wait, with another token too', () => {
    const waitMs = item.limited('ann', 500, 1_000, time).retryAfterMs ?? 0;
    expect(ask(newReservationId(item.itemId), 1_200, 'ann')?.retryAfterMs).toBe(waitMs - 200);
    expect(ask(newReservationId(item.itemId), 1_000 + waitMs, 'ann')).toBeUndefined();
  });

  test('while buyers with an appointment have to come, newcomers get one too', () => {
    const limited = new ItemMemory({ ...sale, rateLimit: { ratePerSecond: 100, burst: 10 } }, settings);
    for (let i = 0; i < 100; i += 1) limited.limited(`user-${i}`, 10, 1_000, time);
    expect(limited.notYourTurn('new', newcomer, 1_015, time)?.outcome).toBe('RATE_LIMITED');
    expect(limited.notYourTurn('user-0', newcomer, 1_015, time)).toBeUndefined();
    expect(limited.notYourTurn('newer', newcomer, 1_061, time)).toBeUndefined();
  });

  test('gateways that share the bucket of an item ask buyers to return more slowly', () => {
    const lastWait = (gateways: number): number => {
      const shared = new ItemMemory(sale, settings);
      shared.gateways = gateways;
      const waits = Array.from({ length: 300 }, (_, i) => shared.limited(`user-${i}`, 10, 1_000, time).retryAfterMs ?? 0);
      return Math.max(...waits.slice(-100));
    };
    expect(lastWait(1)).toBeLessThan(2_201);
    expect(lastWait(4)).toBeGreaterThan(6_000);
  });

  test('a token that may have won is never refused for trying too often', () => {
    item.remember(winner);
    for (let i = 0; i < 100; i += 1) expect(ask(winner, 1_000 + 300 * i, 'ann')).toBeUndefined();
    for (let i = 0; i < 100; i += 1) expect(ask(winner, 40_000, 'ann')).toBeUndefined();
    for (let i = 0; i < 20; i += 1) ask(newReservationId(item.itemId), 40_000, 'ann');
    expect(ask(newcomer, 40_000, 'ann')?.outcome).toBe('RATE_LIMITED');
    expect(ask(winner, 40_000, 'ann')).toBeUndefined();
  });
});

test('before the start every buyer gets NOT_STARTED; from the start on, Redis decides', () => {
  expect(item.answer(newcomer, 1_000, sale.startsAt - 250.5)).toEqual({ outcome: 'NOT_STARTED', retryAfterMs: 251 });
  expect(item.answer(newcomer, 1_000, sale.startsAt)).toBeUndefined();
});
