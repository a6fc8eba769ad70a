import { useTestServers } from 'dev/test';
import { advance, countReservations, newId, newReservationId, type ReservationStatus, release } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken, buy, openSale, readSalesAgain, type Ticket, ticketFor } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

const secondsAgo = (seconds: number): number => Math.floor(Date.now() / 1_000) - seconds;
const expiredFor = (itemId: string, userId: string, seconds = 60) => ticketFor(on, itemId, userId, secondsAgo(seconds));
const expiredCopyOf = (ticket: Ticket): Ticket => ({
  ...ticket,
  purchaseToken: on.gateways[0]?.parts.purchaseTokens.sign({ ...ticket, expiresAt: secondsAgo(60) }) ?? '',
});
const memoryOf = (itemId: string) => {
  const item = on.gateways[0]?.parts.sales.item(itemId);
  if (item === undefined) throw new Error(`The gateway does not know the item ${itemId}.`);
  return item;
};

async function bring(itemId: string, { reservationId, userId }: Ticket, status: ReservationStatus): Promise<void> {
  const moves = [{ reservationId, userId, quantity: 1, reservedAt: 1, payBy: 1 }];
  if (status === 'CANCELLED' || status === 'REFUNDED') await release(on.redis, itemId, 'CANCELLED', moves);
  if (status === 'REJECTED' || status === 'REFUNDED') await release(on.redis, itemId, status, moves);
  if (status === 'ORDERED' || status === 'PAID') await advance(on.redis, itemId, status, moves);
}

describe.each(['RESERVED', 'ORDERED', 'PAID', 'CANCELLED', 'REJECTED', 'REFUNDED'] as const)(
  'a winner whose reservation is %s',
  (status) => {
    test('hears that from the same token, also after it has expired, and holds one reservation', async () => {
      const { itemId } = await openSale(on, { limitPerUser: 5 });
      const ticket = ticketFor(on, itemId, 'again');
      expect((await buy(on, ticket)).body).toEqual({ reservationId: ticket.reservationId, status: 'RESERVED' });
      await bring(itemId, ticket, status);
      const wanted = { status: 202, body: { reservationId: ticket.reservationId, status } };
      expect(await buy(on, ticket)).toMatchObject(wanted);
      expect(await buy(on, ticket, { quantity: 6 })).toMatchObject(wanted);
      expect(await buy(on, expiredCopyOf(ticket))).toMatchObject(wanted);
      expect(await countReservations(on.redis, itemId)).toBe(1);
    });
  },
);

describe('an expired token', () => {
  test('that has not won is invalid, and its buyer can win with a new one', async () => {
    const { itemId } = await openSale(on);
    expect(await buy(on, expiredFor(itemId, 'slow'))).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
    expect((await buy(on, ticketFor(on, itemId, 'slow'))).status).toBe(202);
  });

  test('gets no final answer while a command that carries it may still be on its way to Redis', async () => {
    const { itemId } = await openSale(on);
    const expired = Math.floor(Date.now() / 1_000);
    const answer = await on.call('POST', '/api/reservations', {
      body: { purchaseToken: ticketFor(on, itemId, 'just', expired).purchaseToken },
    });
    // A stalled machine may be past that time already.
    if (Date.now() < (expired + 2) * 1_000) expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    await expect.poll(async () => (await buy(on, ticketFor(on, itemId, 'just', expired))).code).toBe('TOKEN_INVALID');
  });

  test('gets no final answer while the stock is unknown, since Redis may have lost its win', async () => {
    const { itemId } = await openSale(on);
    const { item, reservations } = itemKeys(itemId);
    await on.redis.del(item, reservations);
    const ask = (ticket: Ticket, quantity = 1) =>
      on.call('POST', '/api/reservations', { body: { purchaseToken: ticket.purchaseToken, quantity } });
    expect((await ask(expiredFor(itemId, 'lost'))).code).toBe('UNAVAILABLE');
    expect((await ask(ticketFor(on, itemId, 'lost'), 5)).code).toBe('UNAVAILABLE');
  });

  test('of an item that left the catalogue long ago is invalid', async () => {
    expect((await buy(on, expiredFor('fffffd', 'late', 25 * 60 * 60))).code).toBe('TOKEN_INVALID');
    expect((await buy(on, expiredFor('fffffd', 'late'))).code).toBe('UNAVAILABLE');
  });
});

describe('a text that the gateway did not sign', () => {
  test('has no effect on the items that it names: no memory, no reads, no counts, no longer waits', async () => {
    const sale = await openSale(on, { stock: 1, items: 20, rateLimit: { ratePerSecond: 1, burst: 1 } });
    const itemIds = sale.sale.items.map(({ itemId }) => itemId);
    for (const itemId of itemIds) expect((await buy(on, ticketFor(on, itemId, 'winner'))).status).toBe(202);
    const before = itemIds.map((itemId) => ({ ...memoryOf(itemId).answers, askedAt: memoryOf(itemId).askedAt }));
    const bytes = itemIds.map((itemId) => memoryOf(itemId).winnersBytes);
    for (let turn = 0; turn < 10; turn += 1) {
      for (const itemId of itemIds) {
        const purchaseToken = `${newReservationId(itemId)}.6b01305c.mallory.${'A'.repeat(43)}`;
        const answer = await on.call('POST', '/api/reservations', { body: { purchaseToken } });
        expect(answer).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
      }
    }
    expect(itemIds.map((itemId) => ({ ...memoryOf(itemId).answers, askedAt: memoryOf(itemId).askedAt }))).toEqual(before);
    expect(itemIds.map((itemId) => memoryOf(itemId).winnersBytes)).toEqual(bytes);
  });
});

test('names of sales that do not exist never make the gateway read the catalogue again', async () => {
  const [gateway] = on.gateways;
  if (gateway === undefined) throw new Error('A gateway is running.');
  const { itemId } = await openSale(on);
  const signedIn = await accessToken(on, 'curious');
  await readSalesAgain(gateway);
  const read = vi.spyOn(gateway.parts.sales, 'refresh');
  const search = vi.spyOn(gateway.parts.sales, 'search');
  for (let i = 0; i < 30; i += 1) {
    expect((await on.call('GET', `/api/sales/${newId()}`)).status).toBe(404);
    expect((await on.call('GET', '/api/sales/no-sale')).status).toBe(404);
    const path = `/api/sales/${newId()}/items/${itemId}/purchase-token`;
    expect((await on.call('POST', path, { headers: signedIn })).status).toBe(404);
    expect((await buy(on, ticketFor(on, 'fffffe', 'curious'))).code).toBe('UNAVAILABLE');
  }
  // On a stalled machine a purchase is repeated.
  expect(search.mock.calls.length).toBeGreaterThanOrEqual(90);
  expect(read).not.toHaveBeenCalled();
});
