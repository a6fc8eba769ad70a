import { createHmac } from 'node:crypto';
import { useTestServers } from 'dev/test';
import { newId, newReservationId } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken, buyOnce, openSale, type Ticket, ticketFor } from '../support/sales.ts';

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
  const answers = await Promise.all(Array.from({ length: 400 }, (_, i) => buyOnce(on, ticketFor(on, itemId, `crowd${i}`))));
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
  // Once it runs smoothly: a machine full of other tests makes it stand still as well.
  const early = ticketFor(stalling, itemId, 'early');
  await expect.poll(async () => (await buyOnce(stalling, early)).code).toBe('OK');
  const { ticket, decided } = await askedIntoStall(stalling, itemId);
  expect(Number(await stalling.redis.hget(`seckill:{${itemId}}:item`, 'live'))).toBe(1 + decided);
  await expect.poll(async () => (await buyOnce(stalling, ticket)).code).toBe('OK');
  await stalling.close();
});

/**
 * A ticket that was refused since the gateway stood still. A machine that stands still once more, just then, leaves the request unread until the
 * gateway runs smoothly again, and it is decided as any other; then it is the next one's turn.
 */
async function askedIntoStall(stalling: TestGateways, itemId: string): Promise<{ ticket: Ticket; decided: number }> {
  for (let decided = 0; ; decided += 1) {
    const ticket = ticketFor(stalling, itemId, `patient${decided}`);
    const asked = buyOnce(stalling, ticket);
    const until = performance.now() + 700;
    while (performance.now() < until); // the gateway runs in this process: nothing of it runs meanwhile
    const answer = await asked;
    if (answer.status === 202 && performance.now() - until > 100) continue;
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    return { ticket, decided };
  }
}

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
  expect((await buyOnce(busy, ticketFor(busy, itemId, 'buyer'))).code).toBe('UNAVAILABLE');

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
  const answer = await busy.callWhenAwake('POST', '/api/payments/webhook', {
    body,
    headers: { 'seckill-signature': `t=${time},v1=${mac}` },
  });
  expect(answer.status).toBe(200);
  await busy.close();
});
