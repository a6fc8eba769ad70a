import { allProviders, type Platform, startPlatform } from 'dev';
import { Operator, type StartedPayment, saleDraft } from 'simulation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hasPaidInTime, readBooks, readUnsettledMoney } from '../chaos/books.ts';
import { type Attempt, accessToken, obstinateApi } from '../chaos/buyer.ts';
import { waitForRest } from '../chaos/rest.ts';

const BUYERS = 80;
/** Long enough for every buyer to pay on a busy machine. */
const PAY_TIMEOUT_SECONDS = 12;
const AT_REST_WITHIN_MS = 120_000;

let platform: Platform;

beforeAll(async () => {
  const options = { gateways: 2, workers: 2, providers: allProviders, postgres: { durable: false } };
  platform = await startPlatform({ ...options, label: 'paid-in-time' });
}, 120_000);
afterAll(() => platform?.stop());

test('buyers who paid before payBy, with any provider, while every worker and a gateway were dead are all PAID', async () => {
  const { gateways, workers, gatewayUrls, jwtSecret, servers, paymentsUrl } = platform;
  const [webhooks] = gateways;
  const [, gatewayUrl = ''] = gatewayUrls;
  const operator = new Operator(platform);
  const api = obstinateApi(paymentsUrl);
  const sale = await operator.openSale(
    saleDraft({ lastsMs: 600_000, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, stock: BUYERS, item: { currency: 'CNY' } }),
  );
  const users = Array.from({ length: BUYERS }, (_, i) => `buyer-${i}`);
  const itemId = sale.items[0]?.itemId ?? '';
  const tokens = await api.purchaseTokens(gatewayUrl, users, { saleId: sale.saleId, itemId });
  const checkouts = await Promise.all(
    tokens.map((token, i) => checkoutOf(token, users[i] ?? '', allProviders[i % allProviders.length])),
  );

  async function checkoutOf(
    purchaseToken: string,
    userId: string,
    provider?: string,
  ): Promise<Attempt & { started: StartedPayment }> {
    const reserved = await api.reserve(gatewayUrl, purchaseToken);
    if (!reserved.ok) throw new Error(`${userId} was answered ${reserved.code}.`);
    const { reservationId } = reserved.value;
    let started: StartedPayment = { paymentId: '' };
    await expect
      .poll(
        async () => {
          const answer = await api.startPayment(gatewayUrl, accessToken(userId, jwtSecret), reservationId, provider);
          if (answer.ok) started = answer.value;
          return answer.ok;
        },
        { timeout: 10_000, interval: 200 },
      )
      .toBe(true);
    return { userId, reservationId, lastAnswer: 'RESERVED', askedAt: 0, answers: [], started };
  }

  const dead = [...workers, ...(webhooks === undefined ? [] : [webhooks])];
  await Promise.all(dead.map((part) => part.kill()));
  for (const attempt of checkouts) if ((await api.pay(attempt.started)).ok) attempt.paidAt = Date.now();
  const before = await readBooks(servers.postgres.url, sale.saleId);
  expect(checkouts.filter((attempt) => hasPaidInTime(attempt, before))).toHaveLength(BUYERS);
  const lastPayBy = Math.max(...[...before.orders.values()].map(({ payBy }) => payBy));
  await expect.poll(() => Date.now() > lastPayBy, { timeout: 60_000 }).toBe(true);
  await Promise.all(dead.map((part) => part.restart()));

  const rest = await waitForRest(operator, sale.saleId, AT_REST_WITHIN_MS, () =>
    readUnsettledMoney(servers.postgres.url, sale.saleId),
  );
  expect(rest.waitingFor).toBe('');
  const { orders } = await readBooks(servers.postgres.url, sale.saleId);
  expect([...orders.values()].map(({ status }) => status)).toEqual(users.map(() => 'PAID'));
}, 300_000);
