import { useTestServers } from 'dev/test';
import { isReservationId, itemIdOf, newId } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken, buy, changeSale, openSale, readSalesAgain, type TestSale, ticketFor } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;
let user: Record<string, string>;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
  user = await accessToken(on, 'buyer');
});
afterAll(() => on?.close());

const ask = ({ saleId, itemId }: Pick<TestSale, 'saleId' | 'itemId'>, headers = user) =>
  on.call('POST', `/api/sales/${saleId}/items/${itemId}/purchase-token`, { headers });

test('a token names the reservation that it will make, and wins with that id', async () => {
  const sale = await openSale(on);
  const { status, body } = await ask(sale);
  expect(status).toBe(201);
  expect(Object.keys(body).sort()).toEqual(['expiresAt', 'opensAt', 'purchaseToken', 'reservationId']);
  expect(isReservationId(body.reservationId)).toBe(true);
  expect(itemIdOf(body.reservationId)).toBe(sale.itemId);
  expect(body.opensAt).toBe(new Date(sale.sale.startsAt).toISOString());
  const won = await on.callWhenAwake('POST', '/api/reservations', { body: { purchaseToken: body.purchaseToken } });
  expect(won.body).toEqual({ reservationId: body.reservationId, status: 'RESERVED' });
});

test('a token from the lead time is valid until ten minutes after the start', async () => {
  const [startsAt, endsAt] = [Date.now() + 100_000, Date.now() + 200_000];
  const early = await ask(await openSale(on, { startsAt, endsAt, tokenLeadSeconds: 300 }));
  expect(early.status).toBe(201);
  expect(Math.abs(Date.parse(early.body.expiresAt) - (startsAt + 600_000))).toBeLessThan(1_001);
});

test('without a sign-in, or with a bad one: UNAUTHENTICATED', async () => {
  const sale = await openSale(on);
  for (const headers of [{}, { authorization: 'Bearer nonsense' }, { authorization: 'Basic dXNlcjpwYXNz' }]) {
    expect(await ask(sale, headers as Record<string, string>)).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  }
});

test('before the lead time: NOT_OPEN_YET with the time to wait', async () => {
  const sale = await openSale(on, { startsAt: Date.now() + 60_000, tokenLeadSeconds: 10 });
  const answer = await ask(sale);
  expect(answer).toMatchObject({ status: 403, code: 'NOT_OPEN_YET' });
  expect(answer.body.retryAfterMs).toBeGreaterThan(30_000);
  // The gateway knows Redis's clock to half a round trip, which takes tens of ms on a busy machine.
  expect(answer.body.retryAfterMs).toBeLessThan(50_500);
});

test('ended or closed: SALE_ENDED; paused: tokens are still given out', async () => {
  expect(await ask(await openSale(on, { startsAt: 1, endsAt: 2 }))).toMatchObject({ status: 410, code: 'SALE_ENDED' });
  const sale = await openSale(on);
  const paused = await changeSale(on.redis, sale.sale, { status: 'PAUSED' });
  await Promise.all(on.gateways.map(readSalesAgain));
  expect((await ask(sale)).status).toBe(201);
  await changeSale(on.redis, paused, { status: 'CLOSED' });
  await Promise.all(on.gateways.map(readSalesAgain));
  expect((await ask(sale)).code).toBe('SALE_ENDED');
});

test('sold out: SOLD_OUT, even long after the last buyer', async () => {
  const sale = await openSale(on, { stock: 1 });
  expect((await buy(on, ticketFor(on, sale.itemId, 'first'))).status).toBe(202);
  await expect.poll(async () => (await ask(sale)).code).toBe('SOLD_OUT');
});

test('an unknown sale, an unknown item, and an item of another sale: NOT_FOUND', async () => {
  const [one, other] = [await openSale(on), await openSale(on)];
  for (const unknown of [
    { ...one, saleId: newId() },
    { ...one, saleId: 'nonsense' },
    { ...one, itemId: 'ffffff' },
    { ...one, itemId: other.itemId },
  ]) {
    expect(await ask(unknown)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  }
});

test('a user gets twenty tokens for an item at once, then TOO_MANY_TOKENS with the time to wait; other users and items are not affected', async () => {
  const sale = await openSale(on, { items: 2 });
  const greedy = await accessToken(on, 'greedy');
  const answers = [];
  for (let i = 0; i < 30; i += 1) answers.push(await ask(sale, greedy));
  // On a stalled machine one more may be due.
  const given = answers.filter(({ status }) => status === 201).length;
  expect(given).toBeGreaterThanOrEqual(20);
  expect(given).toBeLessThanOrEqual(22);
  const refused = answers.at(-1);
  expect(refused).toMatchObject({ status: 429, code: 'TOO_MANY_TOKENS' });
  expect(refused?.body.retryAfterMs).toBeGreaterThan(0);
  expect(refused?.body.retryAfterMs).toBeLessThanOrEqual(5_000);
  expect((await ask(sale)).status).toBe(201);
  const other = { ...sale, itemId: sale.sale.items[1]?.itemId ?? '' };
  expect((await ask(other, greedy)).status).toBe(201);
});
