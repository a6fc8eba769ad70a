import { useTestServers } from 'dev/test';
import { newId, signWebhook } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { accessToken, openSale, readSalesAgain } from '../support/sales.ts';

const servers = useTestServers();
const NAMES = ['JWT_SECRET', 'TOKEN_SECRET', 'ADMIN_TOKEN', 'PAYMENT_WEBHOOK_SECRET'];

/** The settings that docs/operations.md names for each step. A rolling restart runs gateways of two neighbouring steps side by side. */
const STEPS = [
  { current: 'old', previous: undefined },
  { current: 'old', previous: 'new' },
  { current: 'new', previous: 'old' },
  { current: 'new', previous: undefined },
];
const secretsOf = (current: string, previous?: string) =>
  Object.fromEntries(
    NAMES.flatMap((name) => [
      [name, `${current} ${name}`],
      [`${name}_PREVIOUS`, previous === undefined ? '' : `${previous} ${name}`],
    ]),
  );

const steps: TestGateways[] = [];
beforeAll(async () => {
  const { redisUrl, natsUrl } = servers;
  for (const { current, previous } of STEPS) {
    steps.push(await startGateways({ redisUrl, natsUrl, env: secretsOf(current, previous) }));
  }
});
afterAll(() => Promise.all(steps.map((each) => each.close())));

const at = (step: number): TestGateways => {
  const gateways = steps[step];
  if (gateways === undefined) throw new Error(`There is no step ${step}.`);
  return gateways;
};

test.each([
  [0, 1],
  [1, 0],
  [1, 2],
  [2, 1],
  [2, 3],
  [3, 2],
])('changing every secret: what a gateway of step %i signs, one of step %i accepts', async (signer, other) => {
  const { saleId, itemId } = await openSale(at(signer), { stock: 5 });
  for (const gateway of at(other).gateways) await readSalesAgain(gateway);
  const headers = await accessToken(at(signer), 'ann');
  const path = `/api/sales/${saleId}/items/${itemId}/purchase-token`;
  expect((await at(other).call('POST', path, { headers })).status).toBe(201);
  const { purchaseToken } = (await at(signer).call('POST', path, { headers })).body;
  expect((await at(other).callWhenAwake('POST', '/api/reservations', { body: { purchaseToken } })).status).toBe(202);

  // Operators and the payment provider use the value that the signer's gateway signs with.
  const { adminToken, paymentWebhookSecret } = at(signer).config;
  const admin = { headers: { authorization: `Bearer ${adminToken}` } };
  expect((await at(other).call('GET', '/api/admin/overview', admin)).code).toBe('UNAVAILABLE'); // No worker: but admitted.
  const event = {
    eventId: newId(),
    type: 'payment.failed',
    paymentId: newId(),
    orderId: newId(),
    amountCents: 1,
    currency: 'EUR',
  };
  const body = JSON.stringify(event);
  const signature = signWebhook(paymentWebhookSecret, body, Math.floor(Date.now() / 1_000));
  const webhook = { body, headers: { 'seckill-signature': signature } };
  expect((await at(other).callWhenAwake('POST', '/api/payments/webhook', webhook)).status).toBe(200);
});

test('once the change is over, the old values open nothing', async () => {
  const { saleId, itemId } = await openSale(at(3));
  const headers = await accessToken(at(0), 'ann');
  const path = `/api/sales/${saleId}/items/${itemId}/purchase-token`;
  expect((await at(3).call('POST', path, { headers })).code).toBe('UNAUTHENTICATED');
  const admin = { headers: { authorization: `Bearer ${at(0).config.adminToken}` } };
  expect((await at(3).call('GET', '/api/admin/overview', admin)).code).toBe('UNAUTHENTICATED');
});
