import { clearOutbox, outboxSize, readOutbox, readReservation, readReservations } from 'seckill-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { useSetClock } from './set-clock.ts';
import { useStock } from './use-stock.ts';

const stock = useStock();
let setClock: (ms: number) => Promise<unknown>;
const NOW = 1_800_000_000_000;
beforeAll(async () => {
  setClock = await useSetClock(stock.redis, NOW);
});

async function wonAt(times: number[]) {
  const item = await stock.putOnSale({ stock: 100 });
  const winners: string[] = [];
  for (const [index, ms] of times.entries()) {
    await setClock(ms);
    winners.push((await item.buy(`buyer-${index}`)).reservationId);
  }
  return { item, winners };
}

describe('a reservation that JetStream has not acknowledged', () => {
  test('is read oldest first, once it has waited long enough, up to a limit', async () => {
    const { item, winners } = await wonAt([NOW, NOW + 10, NOW + 20, NOW + 30]);
    const read = await readOutbox(stock.redis, item.itemId, { now: NOW + 30, waitedMs: 10 }, 100);
    expect(read.map(({ reservationId }) => reservationId)).toEqual(winners.slice(0, 3));
    expect(read[1]).toEqual({
      reservationId: winners[1],
      status: 'RESERVED',
      userId: 'buyer-1',
      quantity: 1,
      reservedAt: NOW + 10,
      payBy: 0,
    });
    expect(await readOutbox(stock.redis, item.itemId, { now: NOW + 30, waitedMs: 10 }, 2)).toHaveLength(2);
  });

  test('is read at once if the clock has stepped back since it was won', async () => {
    const { item, winners } = await wonAt([NOW, NOW + 600_000]);
    const ids = async (limit: number) =>
      (await readOutbox(stock.redis, item.itemId, { now: NOW + 1_000, waitedMs: 1_000 }, limit)).map(
        ({ reservationId }) => reservationId,
      );
    expect(await ids(100)).toEqual(winners);
    expect(await ids(1)).toEqual(winners.slice(0, 1));
  });

  test('leaves the outbox once it is acknowledged, and stays a reservation', async () => {
    const { item, winners } = await wonAt([NOW, NOW, NOW]);
    await clearOutbox(stock.redis, item.itemId, winners.slice(0, 2));
    await clearOutbox(stock.redis, item.itemId, winners.slice(0, 2));
    await clearOutbox(stock.redis, item.itemId, []);
    expect(await outboxSize(stock.redis, item.itemId)).toBe(1);
    expect(await readReservation(stock.redis, winners[0] ?? '')).toMatchObject({ status: 'RESERVED' });
  });

  test('does not exist for an item without winners', async () => {
    const item = await stock.putOnSale();
    expect(await readOutbox(stock.redis, item.itemId, { now: 9e12, waitedMs: 0 }, 10)).toEqual([]);
  });
});

test('all reservations of an item can be read, and none is missed', async () => {
  const item = await stock.putOnSale({ stock: 2_500 });
  const requests = Array.from({ length: 2_500 }, (_, index) => item.request(`buyer-${index}`));
  for (let at = 0; at < 2_500; at += 100) await item.reserve(...requests.slice(at, at + 100));
  const seen = new Set<string>();
  for await (const portion of readReservations(stock.redis, item.itemId)) {
    for (const { reservationId } of portion) seen.add(reservationId);
  }
  expect(seen).toEqual(new Set(requests.map(({ reservationId }) => reservationId)));
});

test('a reservation that was never won is not found', async () => {
  const item = await stock.putOnSale();
  expect(await readReservation(stock.redis, item.request('ann').reservationId)).toBeUndefined();
});
