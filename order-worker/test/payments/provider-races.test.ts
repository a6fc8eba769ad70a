import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Random } from 'dev';
import { randomTests } from 'dev/test';
import { startTrial } from 'payment-sandbox';
import { type AdminSale, calls, type StockReserved } from 'seckill-core';
import { BuyerApi, HttpClient } from 'simulation';
import { afterEach, describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../src/index.ts';
import { createProviders, readProviders } from '../../src/payments/configure-providers.ts';
import { eventually, type Platform, quiet, usePlatform, users } from '../support/platform.ts';
import { PAY_TIMEOUT_SECONDS, type Race, Races } from './race-at-provider.ts';

const on = usePlatform();
const { seed, effort } = randomTests;
const RACES = 100 * effort;
/** Races at the same time: each is some requests with signatures on both sides. */
const LANES = 25;
const PATIENCE_MS = 60_000 + 100 * RACES;

/** Providers whose pages take money after they said that there is nothing to close: the trade begins when its buyer opens the page. */
const MAY_PAY_LATE: ReadonlySet<string> = new Set(['alipay']);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe.each([...PROVIDERS.keys()])('%s', (name) => {
  test(
    `${RACES} races between paying, closing and cancelling, half of the notifications lost: the money matches one PAID order or one refund`,
    async () => {
      const { platform } = on;
      const shopUrl = await startShop(platform, name);
      const { sandbox, worker } = await startTrial([name], { webhooksUrl: `${shopUrl}/api/payments/webhook`, log: quiet });
      closing.push(() => sandbox.stop());
      expect(sandbox.mood.set({ notifications: { lost: 0.5, doubled: 0.2, reordered: 0.2 } })).toBeUndefined();
      const { providers: modules, faults } = readProviders([name], worker, true);
      expect(faults).toEqual([]);
      const providers = await createProviders(modules, { publicUrl: shopUrl, log: quiet });
      await Promise.all([platform.startWorker({ providers }), platform.startWorker({ providers })]);
      const client = new HttpClient();
      closing.push(() => client.close());

      const sale = await platform.openSale({ stock: RACES, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, item: { currency: 'CNY' } });
      const races = new Races(platform, new BuyerApi(client, sandbox.url), new Random(seed));
      await races.runAll(await makeOrders(platform, sale), LANES);
      await expectTruth(platform, races.run, name);
      await eventually(() => sandbox.notifier.waiting === 0, 'the shop has every notification that was not lost', PATIENCE_MS);
      expect(sandbox.notifier.counts.accepted).toBeGreaterThan(RACES / 50);
      await platform.expectAuditHolds(sale);
    },
    4 * PATIENCE_MS,
  );
});

/** Passes notifications to a worker, like a gateway. Returns its address. */
async function startShop(platform: Platform, name: string): Promise<string> {
  const gateway: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([key, value]) => [key, String(value)]));
    const notification = { provider: name, headers, body: Buffer.concat(chunks).toString('base64') };
    const answer = await platform
      .call(calls.receiveNotification, notification)
      .catch(() => ({ status: 503, contentType: 'text/plain', body: '' }));
    response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body);
  }).listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  closing.push(
    () => platform.stopWorkers(),
    () => gateway.closeAllConnections(),
    () => gateway.close(),
  );
  return `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
}

async function makeOrders(platform: Platform, sale: AdminSale): Promise<StockReserved[]> {
  const wins = await platform.win(sale, users(RACES));
  expect(wins).toHaveLength(RACES);
  const areMade = async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === RACES;
  await eventually(areMade, 'the orders are made', PATIENCE_MS);
  return wins;
}

/** Asks now for what was closed, instead of a minute after its deadline. */
const askOnceMore = ({ prisma }: Platform) =>
  prisma.payment.updateMany({ where: { nextQueryAt: { not: null } }, data: { nextQueryAt: new Date(0) } });

/** Compares the cashier's answers with the books. */
async function expectTruth(platform: Platform, races: readonly Race[], name: string): Promise<void> {
  const { prisma } = platform;
  const ids = races.map(({ orderId }) => orderId);
  const open = { id: { in: ids }, status: 'PENDING_PAYMENT' } as const;
  await eventually(async () => (await prisma.order.count({ where: open })) === 0, `all ended (TEST_SEED=${seed})`, PATIENCE_MS);
  await askOnceMore(platform);
  const paidNotRefunded = async () => {
    const cancelled = await prisma.order.findMany({ where: { id: { in: ids }, status: 'CANCELLED' }, select: { id: true } });
    const late = new Set(cancelled.map(({ id }) => id));
    return races.filter(({ orderId, paid }) => paid && late.has(orderId)).length;
  };
  await eventually(async () => (await paidNotRefunded()) === 0, `late money has gone back (TEST_SEED=${seed})`, PATIENCE_MS);
  const orders = await prisma.order.findMany({ where: { id: { in: ids } } });
  const statusOf = new Map(orders.map(({ id, status }) => [id, status]));
  const wrong = races.filter(({ orderId, paid, cancelled }) => {
    const status = statusOf.get(orderId);
    if (!paid) return status !== 'CANCELLED';
    if (!cancelled && status === 'PAID') return false;
    return !MAY_PAY_LATE.has(name) || status !== 'REFUNDED';
  });
  expect(wrong.map((race) => ({ ...race, status: statusOf.get(race.orderId) }))).toEqual([]);
  const outcomes = ['PAID', 'CANCELLED', 'REFUNDED'].map((status) => orders.filter((order) => order.status === status).length);
  console.log(`${races.length} races, TEST_SEED=${seed}: ${outcomes[0]} paid, ${outcomes[1]} cancelled, ${outcomes[2]} refunded`);
  // If one side had always won, the test would have tried nothing.
  expect(outcomes[0]).toBeGreaterThan(RACES / 50);
  expect(outcomes[1]).toBeGreaterThan(RACES / 50);
}
