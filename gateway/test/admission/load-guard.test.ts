import { createHmac } from 'node:crypto';
import { useTestServers } from 'dev/test';
import { newId, newReservationId } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken, buyOnce, openSale, type Ticket, ticketFor, unitsTaken } from '../support/sales.ts';

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

test('above the limit of waiting requests, buyers quickly get UNAVAILABLE with a time to wait, and the others are served', async () => {
  const { itemId } = await openSale(on, { stock: 1_000 });
  const answers = await Promise.all(Array.from({ length: 400 }, (_, i) => buyOnce(on, ticketFor(on, itemId, `crowd${i}`))));
  const count = (code: string): number => answers.filter((answer) => answer.code === code).length;
  expect(count('OK')).toBeGreaterThanOrEqual(2);
  expect(count('UNAVAILABLE')).toBeGreaterThan(0);
  expect(count('OK') + count('UNAVAILABLE')).toBe(400);
  expect(await unitsTaken(on.redis, itemId)).toBe(count('OK'));
  for (const answer of answers) if (answer.code === 'UNAVAILABLE') expect(answer.body.retryAfterMs).toBeGreaterThan(0);
});

test('requests that waited while the gateway stalled are not decided: their buyers may have a "no" from another gateway', async () => {
  const stalling = await startGateways({
    redisUrl: servers.redisUrl,
    natsUrl: servers.natsUrl,
    limits: { load: { pending: 10_000, lagMs: 60_000, staleMs: 500 } },
  });
  const { itemId } = await openSale(stalling, { stock: 10 });
  // Wait until it runs smoothly: other tests on the machine can stall it too.
  const early = ticketFor(stalling, itemId, 'early');
  await expect.poll(async () => (await buyOnce(stalling, early)).code).toBe('OK');
  const { ticket, decided } = await askedIntoStall(stalling, itemId);
  expect(await unitsTaken(stalling.redis, itemId)).toBe(1 + decided);
  await expect.poll(async () => (await buyOnce(stalling, ticket)).code).toBe('OK');
  await stalling.close();
});

/**
 * Returns a ticket that was refused because the gateway stalled. If the machine stalls again at that moment, the request stays unread until
 * the gateway runs smoothly, and is decided like any other. Then the next ticket is tried.
 */
async function askedIntoStall(stalling: TestGateways, itemId: string): Promise<{ ticket: Ticket; decided: number }> {
  for (let decided = 0; ; decided += 1) {
    const ticket = ticketFor(stalling, itemId, `patient${decided}`);
    const asked = buyOnce(stalling, ticket);
    const until = performance.now() + 700;
    while (performance.now() < until); // the gateway runs in this process, so this stalls it
    const answer = await asked;
    if (answer.status === 202 && performance.now() - until > 100) continue;
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    return { ticket, decided };
  }
}

test('a request that waited too long between nginx and the gateway wins nothing; sent again, it does', async () => {
  const load = { pending: 10_000, lagMs: 60_000, staleMs: 30_000 };
  const patient = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, limits: { load } });
  const { itemId } = await openSale(patient, { stock: 10 });
  const ask = (userId: string, ageMs: number) => {
    const headers = { 'x-request-start': `${((Date.now() - ageMs) / 1_000).toFixed(3)} nginx` };
    const { purchaseToken } = ticketFor(patient, itemId, userId);
    return patient.callWhenAwake('POST', '/api/reservations', { body: { purchaseToken }, headers });
  };
  expect((await ask('first', 0)).status).toBe(202);
  expect(await ask('late', 60_000)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  expect(await unitsTaken(patient.redis, itemId)).toBe(1);
  expect((await ask('late', 0)).status).toBe(202);
  await patient.close();
});

test('an overloaded gateway gives out no tokens, but still accepts payment results', async () => {
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
