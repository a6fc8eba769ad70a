import type { NatsConnection } from '@nats-io/transport-node';
import { announcementsOf, broadcast, calls, listen, openPages, openPagesWanted, pageOf, reservationChanged } from 'seckill-core';
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
  test('may be open until the gateways have been asked, and again if announcements may have been lost since', () => {
    expect(pages.mayBeOpen('ann')).toBe(true);
    const first = pages.doubt();
    const second = pages.doubt();
    pages.trust(first);
    expect(pages.mayBeOpen('ann')).toBe(true);
    pages.trust(second);
    expect(pages.mayBeOpen('ann')).toBe(false);
  });

  test('is open for one to two turns after its last announcement', () => {
    pages.trust(pages.doubt());
    pages.open(pageOf('ann'));
    expect([pages.mayBeOpen('ann'), pages.mayBeOpen('bob')]).toEqual([true, false]);
    turn();
    expect(pages.mayBeOpen('ann')).toBe(true);
    pages.open(pageOf('bob'));
    turn();
    expect([pages.mayBeOpen('ann'), pages.mayBeOpen('bob')]).toEqual([false, true]);
  });

  test('may be open again if the worker stood still, because its messages still wait in the socket', () => {
    pages.trust(pages.doubt());
    turn();
    expect(pages.mayBeOpen('ann')).toBe(false);
    turn(TURN_MS + 1);
    expect(pages.mayBeOpen('ann')).toBe(true);
  });
});

/** Answers like a gateway on which these buyers have a page open. Returns for each time it was asked whether every page counted as open. */
function playGateway(nc: NatsConnection, ...userIds: string[]): boolean[] {
  const doubts: boolean[] = [];
  listen(nc, openPagesWanted, () => {
    doubts.push(pages.mayBeOpen('ann'));
    for (const message of announcementsOf(userIds.map(pageOf))) broadcast(nc, openPages, message);
  });
  return doubts;
}

describe('a worker', () => {
  const on = usePlatform();

  test('asks for the open pages when it starts, and pushes changes to these and to no others', async () => {
    const { platform } = on;
    playGateway(platform.nc, 'user-3', 'user-7');
    const listening = pages.start(platform.nc, quiet);
    await platform.startWorker({ pages });
    const sale = await platform.openSale({ stock: 50 });
    const pushed = new Map<string, string>();
    listen(platform.nc, reservationChanged, ({ reservationId, status }) => pushed.set(reservationId, status));
    await eventually(() => !pages.mayBeOpen('user-1'), 'the end of doubt');

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

  test('that lost its connection to NATS takes every page for open, until it has asked again', async () => {
    const { platform } = on;
    const doubts = playGateway(platform.nc, 'bob');
    const listening = pages.start(platform.nc, quiet);
    await eventually(() => !pages.mayBeOpen('ann'), 'the end of doubt');
    expect(pages.mayBeOpen('bob')).toBe(true);
    await platform.nc.reconnect();
    await eventually(() => doubts.length === 2 && !pages.mayBeOpen('ann'), 'the end of doubt');
    expect([doubts, pages.mayBeOpen('bob')]).toEqual([[true, true], true]);
    listening.stop();
  });
});
