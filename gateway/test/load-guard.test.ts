import { createHmac } from 'node:crypto';
import { useTestServers } from 'dev/test';
import { newId, newReservationId } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from './support/gateways.ts';
import { accessToken, buy, openSale, ticketFor } from './support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({
    redisUrl: servers.redisUrl,
    natsUrl: servers.natsUrl,
    limits: { load: { pending: 2, lagMs: 60_000, staleMs: 60_000 } },
  });
});
afterAll(() => on?.close());

test('past what may wait at once, buyers hear UNAVAILABLE fast with a time to wait, and the rest are served', async () => {
  const { itemId } = await openSale(on, { stock: 1_000 });
  const answers = await Promise.all(Array.from({ length: 400 }, (_, i) => buy(on, ticketFor(on, itemId, `crowd${i}`))));
  const count = (code: string): number => answers.filter((answer) => answer.code === code).length;
  expect(count('OK')).toBeGreaterThanOrEqual(2);
  expect(count('UNAVAILABLE')).toBeGreaterThan(0);
  expect(count('OK') + count('UNAVAILABLE')).toBe(400);
  expect(Number(await on.redis.hget(`seckill:{${itemId}}:item`, 'live'))).toBe(count('OK'));
  for (const answer of answers) if (answer.code === 'UNAVAILABLE') expect(answer.body.retryAfterMs).toBeGreaterThan(0);
});

test('requests that waited while the gateway stood still are not decided: their buyers may have heard a "no" elsewhere', async () => {
  const stalling = await startGateways({
    redisUrl: servers.redisUrl,
    natsUrl: servers.natsUrl,
    limits: { load: { pending: 10_000, lagMs: 60_000, staleMs: 500 } },
  });
  const { itemId } = await openSale(stalling, { stock: 10 });
  const ticket = ticketFor(stalling, itemId, 'patient');
  // Once it runs smoothly: a machine full of other tests makes it stand still as well.
  const early = ticketFor(stalling, itemId, 'early');
  await expect.poll(async () => (await buy(stalling, early)).code, { timeout: 10_000 }).toBe('OK');
  const asked = buy(stalling, ticket);
  const until = performance.now() + 700;
  while (performance.now() < until); // the gateway runs in this process: nothing of it runs meanwhile
  expect(await asked).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  expect(Number(await stalling.redis.hget(`seckill:{${itemId}}:item`, 'live'))).toBe(1);
  await expect.poll(async () => (await buy(stalling, ticket)).code, { timeout: 10_000 }).toBe('OK');
  await stalling.close();
});

test('an overloaded gateway gives no tokens, and still takes what the payment provider says', async () => {
  const busy = await startGateways({
    redisUrl: servers.redisUrl,
    natsUrl: servers.natsUrl,
    limits: { load: { pending: 0, lagMs: 60_000, staleMs: 60_000 } },
  });
  const { saleId, itemId } = await openSale(busy);
  const headers = await accessToken(busy, 'buyer');
  const token = await busy.call('POST', `/api/sales/${saleId}/items/${itemId}/purchase-token`, { headers });
  expect(token).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  expect((await buy(busy, ticketFor(busy, itemId, 'buyer'))).code).toBe('UNAVAILABLE');

  const orderId = newReservationId('00002a');
  const body = JSON.stringify({
    eventId: newId(),
    type: 'payment.succeeded',
    paymentId: newId(),
    orderId,
    amountCents: 1,
    currency: 'EUR',
  });
  const time = Math.floor(Date.now() / 1_000);
  const mac = createHmac('sha256', busy.config.paymentWebhookSecret).update(`${time}.${body}`).digest('hex');
  const answer = await busy.call('POST', '/api/payments/webhook', {
    body,
    headers: { 'seckill-signature': `t=${time},v1=${mac}` },
  });
  expect(answer.status).toBe(200);
  await busy.close();
});
