import { newId } from 'seckill-core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventually, type Platform, usePlatform } from '../support/platform.ts';
import type { RecordingProvider } from '../support/recording-provider.ts';
import { aSaleAtRest, findingsOf, repair, statisticsSay } from './books.ts';

const on = usePlatform();
let platform: Platform;
let provider: RecordingProvider;

beforeEach(async () => {
  ({ platform } = on);
  ({ provider } = platform);
  await platform.startWorker();
});
afterEach(() => {
  provider.away = false;
});

const NAME = 'The providers say the same of every payment and refund';
const DAY_MS = 86_400_000;
const money = { amountCents: 1_000, currency: 'EUR' };

/** A payment that was begun some time ago, and whose checkout has been closed. */
async function payment(orderId: string, sinceMs = 60_000): Promise<string> {
  const id = newId();
  const [createdAt, closedAt] = [new Date(Date.now() - sinceMs), new Date(Date.now() - sinceMs + 1_000)];
  const row = { id, orderId, amountCents: 1_000n, currency: 'EUR', status: 'CLOSED', createdAt, closedAt } as const;
  await platform.prisma.payment.create({ data: row });
  return id;
}

const paidAt = (sinceMs = 60_000): number => Date.now() - sinceMs;

async function check(sale: Parameters<Platform['audit']>[0]) {
  const { checks, findings } = await platform.audit(sale);
  const [{ holds, detail } = { holds: undefined, detail: '' }] = checks.filter(({ name }) => name === NAME);
  return { holds, detail, findings: (findings ?? []).filter((finding) => finding.check === NAME) };
}

test('what only one side has is found both ways, and money that only the provider has is settled', {
  timeout: 120_000,
}, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 5);
  const [lost = '', forgotten = '', other = '', late = '', open = ''] = ids;
  const payments = Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await payment(id)])));
  // Its notification never came.
  provider.paid.set(payments[lost], { ...money, paidAt: paidAt() });
  for (const id of [forgotten, other]) await platform.reportPaid(id, payments[id], { paidAt: paidAt() });
  await platform.prisma.order.update({
    where: { id: late },
    data: { status: 'CANCELLED', reason: 'buyer', settledAt: new Date() },
  });
  await platform.reportPaid(late, payments[late], { paidAt: paidAt() });
  await eventually(() => provider.refunds.length === 1, 'the refund');
  await eventually(async () => (await platform.order(late))?.status === 'REFUNDED', 'REFUNDED');
  await platform.comesToRest();
  expect(await check(sale)).toMatchObject({
    holds: false,
    detail: expect.stringMatching(/^http: 1 differ; .* asked for 6 others$/),
  });

  provider.paid.delete(payments[forgotten]);
  provider.paid.set(payments[other], { ...money, amountCents: 900, paidAt: paidAt() });
  const [{ refundId = '' } = {}] = provider.refunds.splice(0);
  provider.done.delete(refundId);
  const { findings } = await check(sale);
  expect(findings.map(({ says, repair: does }) => ({ says, isRepairable: does !== undefined }))).toEqual(
    expect.arrayContaining([
      {
        says: `http has payment ${payments[lost]} of order ${lost} with 10.00 EUR, and in the books it is 10.00 EUR, CLOSED.`,
        isRepairable: true,
      },
      {
        says: `The books have payment ${payments[forgotten]} of order ${forgotten} (10.00 EUR, SUCCEEDED), and http has no such money.`,
        isRepairable: false,
      },
      {
        says: `http has payment ${payments[other]} of order ${other} with 9.00 EUR, and in the books it is 10.00 EUR, SUCCEEDED.`,
        isRepairable: false,
      },
      {
        says: `The books have refund ${refundId} of payment ${payments[late]} of order ${late} (10.00 EUR, DONE), and http has no such money.`,
        isRepairable: false,
      },
    ]),
  );
  expect(findings).toHaveLength(4);

  const { repairs } = await repair(platform, sale);
  expect(repairs.filter(({ repair: kind }) => kind === 'provider')).toMatchObject([{ changed: 1, failed: false }]);
  expect(await platform.order(lost)).toMatchObject({ status: 'PAID' });
  expect(await platform.order(open)).toMatchObject({ status: 'PENDING_PAYMENT' });
  expect((await check(sale)).findings).toHaveLength(3);
});

test('statements of past days are compared, and the provider is asked only for what none of them names', {
  timeout: 120_000,
}, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 3);
  const [named = '', lacking = '', recent = ''] = ids;
  const since = 5 * DAY_MS;
  const payments = {
    named: await payment(named, since),
    lacking: await payment(lacking, since),
    recent: await payment(recent),
  };
  await platform.reportPaid(named, payments.named, { paidAt: paidAt(since) });
  await platform.reportPaid(lacking, payments.lacking, { paidAt: paidAt(since) });
  await statisticsSay(platform, sale, { paid: 2 });
  await platform.comesToRest();
  const askedBefore = provider.queries.length;
  expect(await check(sale)).toMatchObject({ holds: true });
  expect(provider.queries.slice(askedBefore).map(({ paymentId }) => paymentId)).toEqual([payments.recent]);
  provider.paid.delete(payments.lacking);
  const says = (await findingsOf(platform, sale)).map((finding) => finding.says);
  expect(says).toEqual([expect.stringContaining(`The books have payment ${payments.lacking} of order ${lacking}`)]);
  expect(provider.queries.slice(askedBefore).filter(({ paymentId }) => paymentId === payments.lacking)).toEqual([]);
});

test('a provider that does not answer is reported, as nothing is known of its money', { timeout: 120_000 }, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 1);
  await payment(ids[0] ?? '');
  provider.away = true;
  expect(await check(sale)).toMatchObject({
    holds: false,
    detail: 'http could not be compared: The provider is away',
    findings: [{ advice: 'Audit again once it answers.' }],
  });
  provider.away = false;
  expect(await check(sale)).toMatchObject({ holds: true, findings: [] });
});
