import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { findProgram } from 'dev';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { payment, refundOf, Shop, soon } from './shop.ts';

const program = findProgram('stripe-mock');
const missing = 'stripe-mock is not on the PATH. Install it with "go install github.com/stripe/stripe-mock@latest".';
if (program === undefined) console.warn(`The requests to Stripe are not checked by Stripe's API description: ${missing}`);

let mock: ChildProcess | undefined;
let url: string;
let shop: Shop;

beforeAll(async () => {
  if (program === undefined) return;
  const addresses = ['-http-addr', '127.0.0.1:0', '-https-addr', '127.0.0.1:0'];
  const started = spawn(program, addresses, { stdio: ['ignore', 'pipe', 'inherit'] });
  mock = started;
  for await (const line of createInterface(started.stdout)) {
    const [, address] = /HTTP at address: (\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    url = `http://${address}`;
    return;
  }
  throw new Error('stripe-mock did not start.');
});
afterAll(async () => {
  if (mock === undefined) return;
  const ended = once(mock, 'exit');
  mock.kill();
  await ended;
});

/** It knows no state and answers with examples, which the adapter may refuse: what counts is whether it takes the request. */
describe.skipIf(program === undefined)("stripe-mock, which knows Stripe's published API, takes", () => {
  beforeEach(async () => {
    shop = new Shop();
    await shop.start();
    shop.upstream = url;
  });
  afterEach(() => shop.stop());

  const known = { ...payment(), providerRef: 'cs_test_1' };
  const lines = ['Cap', 'Trainer 42'].map((title) => ({ title, quantity: 2, unitCents: 6_250 }));
  const { providerRef: _, ...unheard } = known;
  const statement = async () => {
    for await (const _ of shop.provider.readStatement('2026-03-01'));
  };

  test.each<[string, () => Promise<unknown>, string[]]>([
    ['a new checkout', () => shop.provider.createCheckout(payment({ lines }), soon()), ['POST /v1/checkout/sessions']],
    ['the end of a checkout', () => shop.provider.closeCheckout(known, soon()), ['POST /v1/checkout/sessions/cs_test_1/expire']],
    ['a look at a checkout', () => shop.provider.getPayment(known, soon()), ['GET /v1/checkout/sessions/cs_test_1']],
    ['a search', () => shop.provider.getPayment(unheard, soon()), ['GET /v1/payment_intents/search']],
    [
      'a refund',
      () => shop.provider.refund(refundOf(known, 1_000), soon()),
      ['GET /v1/checkout/sessions/cs_test_1', 'GET /v1/refunds', 'POST /v1/refunds'],
    ],
    ['a statement', statement, ['GET /v1/balance_transactions']],
  ])('%s', async (_, work, calls) => {
    await work().catch(() => undefined);
    expect(shop.requests).toMatchObject(calls.map((call) => ({ call, status: 200 })));
  });

  test('no parameter that Stripe does not have', async () => {
    const headers = { authorization: 'Bearer sk_test_1' };
    const answer = await fetch(`${url}/v1/checkout/sessions`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ mode: 'payment', mood: 'good' }),
    });
    expect(answer.status).toBe(400);
  });
});
