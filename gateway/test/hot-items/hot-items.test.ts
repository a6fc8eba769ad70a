import { useTestServers } from 'dev/test';
import { stockReserved } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { buy, openSale, readSalesAgain, ticketFor } from '../support/sales.ts';
import { winnersInStream } from '../support/winners-in-stream.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2 });
});
afterAll(() => on?.close());

/** Counts attempts on each gateway, as a rush does. */
function rush(attempts: Readonly<Record<string, number>>): void {
  for (const { parts } of on.gateways) {
    for (const [itemId, count] of Object.entries(attempts)) {
      const item = parts.sales.item(itemId);
      for (let i = 0; item !== undefined && i < count; i += 1) parts.hotItems.count(item);
    }
  }
}

/** The items that each gateway calls hot, while the rush lasts. */
async function hotDuring(attempts: Readonly<Record<string, number>>): Promise<string[][]> {
  rush(attempts);
  return on.gateways.map(({ parts }) =>
    parts.hotItems.wanted.flatMap(({ item, isHot }) => (isHot && item.itemId in attempts ? [item.itemId] : [])),
  );
}

test('gateways find the hot item together, and its winners go to a lane for themselves', async () => {
  const [hot, quiet] = [await openSale(on, { stock: 10 }), await openSale(on, { stock: 10 })];
  await Promise.all(on.gateways.map(readSalesAgain));
  // So many that it stays hot even if the next period is a long one.
  const attempts = { [hot.itemId]: 5_000, [quiet.itemId]: 1 };
  await expect.poll(() => hotDuring(attempts), { interval: 100 }).toEqual([[hot.itemId], [hot.itemId]]);

  const [hotTicket, quietTicket] = [ticketFor(on, hot.itemId, 'ann'), ticketFor(on, quiet.itemId, 'ann')];
  for (const ticket of [hotTicket, quietTicket]) {
    rush(attempts);
    expect((await buy(on, ticket)).status).toBe(202);
  }
  const stored = (sale: typeof hot, lane: { hot?: boolean }) =>
    winnersInStream(on.nats, stockReserved.subject({ saleId: sale.saleId, itemId: sale.itemId, ...lane }));
  expect(await stored(hot, { hot: true })).toEqual([hotTicket.reservationId]);
  expect(await stored(quiet, {})).toEqual([quietTicket.reservationId]);

  // Without attempts it cools down.
  await expect.poll(() => on.gateways.map(({ parts }) => parts.sales.item(hot.itemId)?.isHot)).toEqual([false, false]);
});

test('an item is not hot while no other is wanted: no other needs protection from it', async () => {
  const { itemId } = await openSale(on);
  await Promise.all(on.gateways.map(readSalesAgain));
  const seen = () => {
    rush({ [itemId]: 5_000 });
    return on.gateways.map(({ parts }) => parts.hotItems.wanted.map(({ item, isHot }) => ({ itemId: item.itemId, isHot })));
  };
  const cold = [{ itemId, isHot: false }];
  await expect.poll(seen, { interval: 100 }).toEqual([cold, cold]);
});

test('gateways know how many of them buyers ask for an item', async () => {
  const { itemId } = await openSale(on);
  await Promise.all(on.gateways.map(readSalesAgain));
  const gateways = () => on.gateways.map(({ parts }) => parts.sales.item(itemId)?.gateways);
  expect(gateways()).toEqual([1, 1]);
  const during = () => {
    rush({ [itemId]: 5_000 });
    return gateways();
  };
  await expect.poll(during, { interval: 100 }).toEqual([2, 2]);
  await expect.poll(gateways, { timeout: 30_000 }).toEqual([1, 1]);
});
