import { useTestServers } from 'dev/test';
import { newReservationId, readRunId, reserve } from 'seckill-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ItemMemory } from '../../src/catalogue/item-memory.ts';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken, buy, openSale, type TestSale, ticketFor } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

function memoryOf(itemId: string): ItemMemory {
  const item = on.gateways[0]?.parts.sales.item(itemId);
  if (item === undefined) throw new Error(`The gateway does not know the item ${itemId}.`);
  return item;
}

const itemIdsOf = ({ sale }: TestSale): string[] => sale.items.map(({ itemId }) => itemId);

const remainingOf = async ({ saleId }: TestSale): Promise<number[]> =>
  (await on.call('GET', `/api/sales/${saleId}`)).body.items.map(({ remaining }: { remaining: number }) => remaining);

/** Wins a unit as another gateway does that dies before it can say so. */
async function wonElsewhere(itemId: string): Promise<void> {
  const request = { reservationId: newReservationId(itemId), userId: 'elsewhere', quantity: 1 };
  const { answers } = await reserve(on.redis, itemId, await readRunId(on.redis), [request]);
  expect(answers).toMatchObject([{ answer: 'RESERVED' }]);
}

test('an item is read only while it is asked for', async () => {
  const [asked, unasked] = [await openSale(on, { items: 3 }), await openSale(on, { items: 3 })];
  const looks = new Set<number>();
  await expect
    .poll(async () => {
      await remainingOf(asked);
      return looks.add(memoryOf(asked.itemId).lookedAt).size;
    })
    .toBe(4);
  for (const itemId of itemIdsOf(unasked)) expect(memoryOf(itemId)).toMatchObject({ lookedAt: Number.NEGATIVE_INFINITY });
});

test('the units left are right the first time that a page asks', async () => {
  const sale = await openSale(on, { stock: 7, items: 2 });
  await wonElsewhere(sale.itemId);
  expect(await remainingOf(sale)).toEqual([6, 7]);
});

test('many pages that ask at once share one look, and so do those that ask within half a second', async () => {
  const sale = await openSale(on, { items: 5 });
  const learns = itemIdsOf(sale).map((itemId) => vi.spyOn(memoryOf(itemId), 'learn'));
  const first = performance.now();
  await Promise.all(Array.from({ length: 50 }, () => remainingOf(sale)));
  await Promise.all(Array.from({ length: 50 }, () => on.call('GET', '/api/sales')));
  const looksPossible = 1 + Math.floor((performance.now() - first) / 500);
  for (const learn of learns) {
    expect(learn.mock.calls.length).toBeGreaterThanOrEqual(1);
    expect(learn.mock.calls.length).toBeLessThanOrEqual(looksPossible);
  }
});

test('no purchase token is given out for an item that sold out elsewhere without a word', async () => {
  const sale = await openSale(on, { stock: 1 });
  await wonElsewhere(sale.itemId);
  const path = `/api/sales/${sale.saleId}/items/${sale.itemId}/purchase-token`;
  expect(await on.call('POST', path, { headers: await accessToken(on, 'late') })).toMatchObject({
    status: 409,
    code: 'SOLD_OUT',
  });
});

test('while buyers keep asking, a sold-out item is answered from memory for longer than one lease', async () => {
  const { itemId } = await openSale(on, { stock: 1 });
  expect((await buy(on, ticketFor(on, itemId, 'first'))).status).toBe(202);
  await expect
    .poll(
      async () => {
        const looks: number[] = [];
        // Each look is a renewal if the belief held at every request since the one before.
        while (memoryOf(itemId).isBelievedClosed(performance.now()) && looks.length < 8) {
          expect((await buy(on, ticketFor(on, itemId, `late${looks.length}`))).code).toBe('SOLD_OUT');
          if (looks.at(-1) !== memoryOf(itemId).lookedAt) looks.push(memoryOf(itemId).lookedAt);
        }
        if (looks.length === 0) await buy(on, ticketFor(on, itemId, 'again'));
        return looks.length;
      },
      { interval: 1 },
    )
    .toBe(8);
});
