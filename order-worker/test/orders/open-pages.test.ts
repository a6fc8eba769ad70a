import { announcementsOf, broadcast, calls, listen, openPages, pageOf, reservationChanged } from 'seckill-core';
import { beforeEach, describe, expect, test } from 'vitest';
import { OpenPages } from '../../src/orders/open-pages.ts';
import { eventually, quiet, usePlatform, users } from '../support/platform.ts';

const TURN_MS = 15_000;
let pages: OpenPages;
let now: number;
const turn = (late = 0) => {
  now += TURN_MS + late;
  pages.turn(now);
};
beforeEach(() => {
  pages = new OpenPages();
  now = performance.now();
});

describe('a page', () => {
  test('may be open until the worker has listened for a whole turn', () => {
    expect(pages.mayBeOpen('ann')).toBe(true);
    turn();
    expect(pages.mayBeOpen('ann')).toBe(false);
  });

  test('is open for one to two turns after its last announcement', () => {
    turn();
    pages.open(pageOf('ann'));
    expect([pages.mayBeOpen('ann'), pages.mayBeOpen('bob')]).toEqual([true, false]);
    turn();
    expect(pages.mayBeOpen('ann')).toBe(true);
    pages.open(pageOf('bob'));
    turn();
    expect([pages.mayBeOpen('ann'), pages.mayBeOpen('bob')]).toEqual([false, true]);
  });

  test('may be open again if announcements may have been lost, until a whole turn without a loss', () => {
    turn();
    pages.miss();
    expect(pages.mayBeOpen('ann')).toBe(true);
    turn();
    expect(pages.mayBeOpen('ann')).toBe(true);
    turn();
    expect(pages.mayBeOpen('ann')).toBe(false);
  });

  test('may be open again if the worker stood still, because its messages still wait in the socket', () => {
    turn();
    turn(TURN_MS + 1);
    expect(pages.mayBeOpen('ann')).toBe(true);
    turn();
    expect(pages.mayBeOpen('ann')).toBe(false);
  });
});

describe('a worker', () => {
  const on = usePlatform();

  test('pushes changes to the pages that a gateway has announced, and to no others', async () => {
    const { platform } = on;
    turn();
    const listening = pages.start(platform.nc, quiet);
    await platform.startWorker({ pages });
    const sale = await platform.openSale({ stock: 50 });
    const pushed = new Map<string, string>();
    listen(platform.nc, reservationChanged, ({ reservationId, status }) => pushed.set(reservationId, status));
    for (const message of announcementsOf(['user-3', 'user-7'].map(pageOf))) broadcast(platform.nc, openPages, message);
    await eventually(() => pages.mayBeOpen('user-7'), 'the announcement');

    const wins = await platform.win(sale, users(50));
    await platform.comesToRest();

    const open = wins.filter(({ userId }) => ['user-3', 'user-7'].includes(userId)).map(({ reservationId }) => reservationId);
    await eventually(() => pushed.size === 2, 'two pushes');
    expect([...pushed.keys()].toSorted()).toEqual(open.toSorted());
    expect([...pushed.values()]).toEqual(['ORDERED', 'ORDERED']);
    for (const { userId, reservationId } of wins.slice(0, 5)) {
      await platform.call(calls.cancelOrder, { userId, orderId: reservationId });
    }
    await eventually(() => [...pushed.values()].includes('CANCELLED'), 'a push of the cancel');
    expect(pushed.size).toBe(2);
    listening.stop();
  });

  test('that lost its connection to NATS takes every page for open', async () => {
    const { platform } = on;
    turn();
    const listening = pages.start(platform.nc, quiet);
    expect(pages.mayBeOpen('ann')).toBe(false);
    await platform.nc.reconnect();
    await eventually(() => pages.mayBeOpen('ann'), 'the loss');
    listening.stop();
  });
});
