import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from 'dev';
import { randomTests } from 'dev/test';
import { startTrial, type Trial } from 'payment-sandbox';
import { type AdminSale, calls, newId, paymentDeadline, send } from 'seckill-core';
import { BuyerApi, granted, HttpClient, NoAnswer } from 'simulation';
import { afterEach, describe, expect, test } from 'vitest';
import { PROVIDERS } from '../../src/index.ts';
import { createProviders, readProviders } from '../../src/payments/configure-providers.ts';
import type { PaymentProvider } from '../../src/payments/provider.ts';
import { fallDue } from '../support/fall-due.ts';
import { eventually, type Platform, quiet, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
const { seed, effort } = randomTests;
const RACES = 100 * effort;
/** Races at the same time: each is some requests with signatures on both sides. */
const WAVE = 25;
const PAY_TIMEOUT_SECONDS = 600;
const SPREAD_MS = 60;
const PATIENCE_MS = 60_000 + 1_000 * RACES;

type Opponent = 'buyer' | 'deadline';

interface Race {
  orderId: string;
  userId: string;
  paymentId: string;
  opponent: Opponent;
  /** The address of the cashier's page, if the buyer has it open when the race begins. */
  cashier: string | undefined;
  /** Ms from the start of the wave. */
  paysAt: number;
  endsAt: number;
  /** The cashier took the money. */
  paid: boolean;
  /** The buyer's cancel was answered with 200. */
  cancelled: boolean;
}

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
      const random = new Random(seed);
      const trial = await startStandIn(platform, name);
      expect(trial.sandbox.mood.set({ notifications: { lost: 0.5, doubled: 0.2, reordered: 0.2 } })).toBeUndefined();
      const client = new HttpClient();
      closing.push(() => client.close());
      const buyer = new BuyerApi(client, trial.sandbox.url);
      const providers = await configured(name, trial);
      await Promise.all([platform.startWorker({ providers }), platform.startWorker({ providers })]);
      const sale = await platform.openSale({ stock: RACES, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, item: { currency: 'CNY' } });
      const races = await begin(platform, sale, buyer, random);
      for (let from = 0; from < RACES; from += WAVE) {
        await Promise.all(races.slice(from, from + WAVE).map((race) => run(platform, buyer, race)));
      }
      await expectTruth(platform, races, name);
      await platform.expectAuditHolds(sale);
    },
    PATIENCE_MS,
  );
});

/** The provider's far side; what it notifies goes to a worker, as through a gateway. */
async function startStandIn(platform: Platform, name: string): Promise<Trial> {
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
  const webhooksUrl = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/api/payments/webhook`;
  const trial = await startTrial([name], { webhooksUrl, log: quiet });
  closing.push(
    () => platform.stopWorkers(),
    () => trial.sandbox.stop(),
    () => gateway.closeAllConnections(),
    () => gateway.close(),
  );
  return trial;
}

function configured(name: string, { worker, sandbox }: Trial): Promise<PaymentProvider[]> {
  const { providers, faults } = readProviders([name], worker, true);
  expect(faults).toEqual([]);
  return createProviders(providers, { publicUrl: sandbox.url, log: quiet });
}

async function begin(platform: Platform, sale: AdminSale, buyer: BuyerApi, random: Random): Promise<Race[]> {
  const wins = await platform.win(sale, users(RACES));
  expect(wins).toHaveLength(RACES);
  await eventually(
    async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === RACES,
    'the orders are made',
    PATIENCE_MS,
  );
  const races: Race[] = [];
  for (const { reservationId: orderId, userId } of wins) {
    const started = await platform.call(calls.startPayment, { userId, orderId });
    const cashier = random.chance(0.8) ? granted(await buyer.openCheckout(started)) : undefined;
    const { paymentId } = started;
    const end = { opponent: random.pick(['buyer', 'deadline'] as const), endsAt: random.between(0, SPREAD_MS) };
    races.push({
      orderId,
      userId,
      paymentId,
      cashier,
      ...end,
      paysAt: random.between(0, SPREAD_MS),
      paid: false,
      cancelled: false,
    });
  }
  return races;
}

async function run(platform: Platform, buyer: BuyerApi, race: Race): Promise<void> {
  await Promise.all([
    sleep(race.paysAt).then(() => payAtCashier(platform, buyer, race)),
    sleep(race.endsAt).then(() => (race.opponent === 'buyer' ? cancel(platform, race) : letTimeRunOut(platform, race))),
  ]);
}

/** Presses "pay", with the page open or after opening it. A provider may show no such page: Alipay shows none once the time to pay is over. */
async function payAtCashier(platform: Platform, buyer: BuyerApi, race: Race): Promise<void> {
  const { orderId, userId, cashier } = race;
  const started =
    cashier === undefined ? await platform.call(calls.startPayment, { userId, orderId }).catch(() => undefined) : undefined;
  const page = started === undefined ? undefined : await buyer.openCheckout(started);
  const open = page?.ok ? page.value : cashier;
  if (open !== undefined) race.paid = await press(buyer, open);
}

/** A connection that ends just then leaves a press without an answer. Pressing again takes the money once. */
async function press(buyer: BuyerApi, page: string): Promise<boolean> {
  try {
    return (await buyer.press(page)).ok;
  } catch (error) {
    if (error instanceof NoAnswer) return press(buyer, page);
    throw error;
  }
}

/** Like a buyer, repeats the request until the answer is not "try again". */
async function cancel(platform: Platform, race: Race): Promise<void> {
  for (;;) {
    try {
      await platform.call(calls.cancelOrder, { userId: race.userId, orderId: race.orderId });
      race.cancelled = true;
      return;
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === 'NOT_CANCELLABLE') return;
      if (code !== 'UNAVAILABLE') throw error;
    }
  }
}

async function letTimeRunOut({ prisma, publisher }: Platform, { orderId }: Race): Promise<void> {
  const dueAt = await fallDue(prisma, orderId);
  if (dueAt === undefined) return;
  await send(publisher, paymentDeadline, { dueAt, payTimeoutSeconds: PAY_TIMEOUT_SECONDS, orderIds: [orderId] }, newId());
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
