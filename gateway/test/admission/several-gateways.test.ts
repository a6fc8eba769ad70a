import { useTestServers } from 'dev/test';
import { broadcast, listen, release, restocked, soldOut as soldOutEvent } from 'seckill-core';
import { SALES_KEY } from 'seckill-core/stock-layout';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import {
  buy,
  changeSale,
  openItems,
  openSale,
  readSalesAgain,
  saleSettings,
  type TestSale,
  ticketFor,
  unitsTaken,
} from '../support/sales.ts';
import { within } from '../support/within.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2 });
});
afterAll(() => on?.close());

/** Sells out an item on the first gateway, and waits until both gateways answer from memory. */
async function soldOut(stock: number) {
  const opened = await openSale(on, { stock });
  const winners = Array.from({ length: stock }, (_, i) => ticketFor(on, opened.itemId, `winner${i}`));
  for (const winner of winners) expect((await buy(on, winner)).status).toBe(202);
  await untilAnsweredFromMemory(opened);
  return { ...opened, winners };
}

async function untilAnsweredFromMemory(opened: Pick<TestSale, 'itemId'>): Promise<void> {
  // A gateway renews its belief while buyers ask.
  const believed = async (gateway: number): Promise<boolean> => {
    expect((await buy(on, ticketFor(on, opened.itemId, 'late'), { on: gateway })).code).toBe('SOLD_OUT');
    return answersFromMemory(opened, gateway);
  };
  await expect.poll(() => Promise.all([0, 1].map(believed)), { interval: 10 }).toEqual([true, true]);
}

const answersFromMemory = ({ itemId }: Pick<TestSale, 'itemId'>, gateway: number): boolean =>
  on.gateways[gateway]?.parts.sales.item(itemId)?.isBelievedClosed(performance.now()) === true;

/** Returns a unit as a worker does when an order is cancelled. */
async function giveBack(itemId: string, { reservationId, userId }: { reservationId: string; userId: string }) {
  return release(on.redis, itemId, 'CANCELLED', [{ reservationId, userId, quantity: 1, reservedAt: Date.now() }]);
}

test('sold out on one gateway is known on the other at once, and a winner gets their reservation there too', async () => {
  const announced = new Set<string>();
  const listening = listen(on.nats, soldOutEvent, (event) => announced.add(event.itemId));
  const { itemId, winners } = await soldOut(20);
  await expect.poll(() => announced.has(itemId)).toBe(true);
  listening.unsubscribe();
  for (const winner of winners) {
    const answer = await buy(on, winner, { on: 1 });
    expect(answer.body).toEqual({ reservationId: winner.reservationId, status: 'RESERVED' });
  }
  const losers = await Promise.all(Array.from({ length: 50 }, (_, i) => buy(on, ticketFor(on, itemId, `loser${i}`), { on: 1 })));
  expect(losers.every((answer) => answer.code === 'SOLD_OUT')).toBe(true);
});

test('a unit that comes back reaches the second gateway, and is sold there once', async () => {
  const { itemId, winners } = await soldOut(3);
  const [first] = winners;
  if (first === undefined) throw new Error('There is a winner.');
  expect((await giveBack(itemId, first)).restocked).toBe(true);
  broadcast(on.nats, restocked, { itemId });
  await expect.poll(() => answersFromMemory({ itemId }, 1)).toBe(false);
  let buyers = 0;
  await expect.poll(async () => (await buy(on, ticketFor(on, itemId, `second${buyers++}`), { on: 1 })).code).toBe('OK');
  expect((await buy(on, ticketFor(on, itemId, 'third'))).code).toBe('SOLD_OUT');
  // The token of the cancelled reservation keeps its answer and takes no unit.
  expect((await buy(on, first)).status).toBe(202);
});

test('a gateway that missed the broadcast of a restock finds it by polling in under a second', async () => {
  const { itemId, winners } = await soldOut(2);
  const [first] = winners;
  if (first === undefined) throw new Error('There is a winner.');
  await giveBack(itemId, first);
  let buyers = 0;
  await within(1_000, on, async () => {
    expect((await buy(on, ticketFor(on, itemId, `patient${buyers++}`), { on: 1 })).code).toBe('OK');
  });
});

test('units that come back one by one are each sold once, on either gateway', async () => {
  const { itemId, winners } = await soldOut(10);
  for (const winner of winners) {
    await giveBack(itemId, winner);
    // One of the two buyers wins the unit, on either gateway; the other does not.
    const [one, other] = await Promise.all([0, 1].map((gateway) => tryUntilDecided(itemId, gateway)));
    expect([one, other].filter((code) => code === 'OK')).toHaveLength(1);
  }
});

/** Tries until a buyer has the unit. */
async function tryUntilDecided(itemId: string, gateway: number): Promise<string> {
  const ticket = ticketFor(on, itemId, `try${gateway}.${Math.random().toString(36).slice(2)}`);
  const until = performance.now() + 30_000;
  for (;;) {
    const { code } = await buy(on, ticket, { on: gateway });
    if (code === 'OK') return code;
    const live = await unitsTaken(on.redis, itemId);
    if (live === 10) return code;
    if (performance.now() > until) throw new Error(`A unit is left, but no buyer can win it: ${code}.`);
  }
}

test('a sale published, paused and given more stock without a broadcast is known everywhere in under a second', async () => {
  const sale = saleSettings({ stock: 1 });
  const [item] = sale.items;
  if (item === undefined) throw new Error('The sale has an item.');
  await openItems(on.redis, sale);
  const view = async () => (await on.call('GET', `/api/sales/${sale.saleId}`, { on: 1 })).body;
  expect((await view()).code).toBe('NOT_FOUND');

  const published = await changeSale(on.redis, sale, {});
  await within(1_000, on, async () => expect((await view()).state).toBe('LIVE'));
  const paused = await changeSale(on.redis, published, { status: 'PAUSED' });
  await within(1_000, on, async () => expect((await view()).state).toBe('PAUSED'));
  await changeSale(on.redis, paused, { status: 'PUBLISHED', items: [{ ...item, stock: 7 }] });
  await within(1_000, on, async () => expect((await view()).items[0]).toMatchObject({ stock: 7, remaining: 7 }));
});

test('an older version of a sale never replaces a newer one', async () => {
  const { sale, saleId } = await openSale(on);
  await changeSale(on.redis, sale, { title: 'New' });
  await Promise.all(on.gateways.map(readSalesAgain));
  await on.redis.hset(SALES_KEY, saleId, JSON.stringify(sale));
  await Promise.all(on.gateways.map(readSalesAgain));
  expect((await on.call('GET', `/api/sales/${saleId}`)).body.title).toBe('New');
});

test('the units left are shown about half a second late', async () => {
  const { saleId, itemId } = await openSale(on, { stock: 100 });
  await Promise.all(Array.from({ length: 30 }, (_, i) => buy(on, ticketFor(on, itemId, `left${i}`))));
  const remaining = async () => (await on.call('GET', `/api/sales/${saleId}`, { on: 1 })).body.items[0].remaining;
  await within(1_500, on, async () => expect(await remaining()).toBe(70));
});
