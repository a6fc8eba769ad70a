import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type StatementLine, StatementNotReady } from '../../../src/payments/provider.ts';
import { refundOf, Shop, soon } from './shop.ts';

const DAY = '2026-03-01';
const NOON = Date.parse(`${DAY}T12:00:00Z`);
const LAST_SECOND = Date.parse(`${DAY}T23:59:59.999Z`);

let shop: Shop;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOON });
  shop = new Shop();
  await shop.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await shop.stop();
});

async function read(day: string): Promise<StatementLine[]> {
  const lines: StatementLine[] = [];
  for await (const line of shop.provider.readStatement(day)) lines.push(line);
  return lines;
}

test('a day has a statement when it is over in UTC', async () => {
  vi.setSystemTime(LAST_SECOND);
  await expect(read(DAY)).rejects.toThrow(StatementNotReady);
  vi.setSystemTime(LAST_SECOND + 1);
  expect(await read(DAY)).toEqual([]);
});

test('it has every payment and refund of the day, in the currency that the buyer paid', async () => {
  const yen = await shop.openAndPay({ currency: 'JPY', lines: [{ title: 'Cap', quantity: 1, unitCents: 5_000 }] });
  const krona = await shop.openAndPay({ currency: 'ISK', lines: [{ title: 'Cap', quantity: 1, unitCents: 7_000 }] });
  await shop.open();
  const refund = refundOf(krona, 3_000);
  vi.setSystemTime(LAST_SECOND);
  await shop.provider.refund(refund, soon());
  shop.sandbox.mood.set({ refunds: { answer: 'refuse', reason: 'declined' } });
  await shop.provider.refund(refundOf(yen, 1_000), soon());
  vi.setSystemTime(LAST_SECOND + 1);
  const late = await shop.openAndPay();
  // Two requests of two lines and one of the rest.
  shop.pageSize = 2;
  vi.setSystemTime(NOON + 2 * 86_400_000);
  const lines = [
    {
      kind: 'refund',
      paymentId: krona.paymentId,
      refundId: refund.refundId,
      amountCents: 3_000,
      currency: 'ISK',
      at: LAST_SECOND - 999,
    },
    { kind: 'payment', paymentId: krona.paymentId, amountCents: 7_000, currency: 'ISK', at: NOON },
    { kind: 'payment', paymentId: yen.paymentId, amountCents: 5_000, currency: 'JPY', at: NOON },
  ];
  expect(await read(DAY)).toEqual(expect.arrayContaining(lines));
  expect(await read(DAY)).toHaveLength(lines.length);
  expect(shop.requests.filter(({ call }) => call === 'GET /v1/balance_transactions')).toHaveLength(4);
  expect(await read('2026-03-02')).toMatchObject([{ kind: 'payment', paymentId: late.paymentId, amountCents: 12_500 }]);
});

test("the account's other transactions are left out", async () => {
  await shop.openAndPay();
  const strange = [
    { type: 'payout', source: { status: 'paid', amount: 1, currency: 'eur', metadata: {} } },
    { type: 'charge', source: { status: 'succeeded', amount: 1, currency: 'eur', metadata: { paymentId: 'INV-7' } } },
    { type: 'stripe_fee', source: null },
  ];
  shop.answer = ({ status, body }) => {
    const page = JSON.parse(body);
    page.data.push(...strange.map((each, place) => ({ id: `txn_${place}`, created: NOON / 1_000, ...each })));
    return { status, body: JSON.stringify(page) };
  };
  vi.setSystemTime(NOON + 86_400_000);
  expect(await read(DAY)).toHaveLength(1);
});
