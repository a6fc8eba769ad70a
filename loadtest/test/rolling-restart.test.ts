import { readFileSync } from 'node:fs';
import type { Part } from 'dev';
import { type Platform, Random, startPlatform } from 'dev';
import type { AdminSale } from 'seckill-core';
import { Operator, saleDraft } from 'simulation';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareWithBooks, readBooks } from '../chaos/books.ts';
import { type Attempt, buy, obstinateApi } from '../chaos/buyer.ts';
import { waitForRest } from '../chaos/rest.ts';

/** Little: the parts share this machine with their servers and their buyers, and have to start beside them. */
const BUYERS_PER_SECOND = 25;
/** An orchestrator kills after this time. */
const LEAVES_WITHIN_MS = 10_000;
const AT_REST_WITHIN_MS = 120_000;

let platform: Platform;
let operator: Operator;
const crashed: string[] = [];

beforeAll(async () => {
  platform = await startPlatform({
    gateways: 2,
    workers: 2,
    postgres: { durable: false },
    label: 'rolling',
    env: { LOG_LEVEL: 'info' },
    onCrash: ({ name }, how) => crashed.push(`${name}: ${how}`),
  });
  operator = new Operator(platform);
}, 120_000);
afterAll(() => platform?.stop());

test('every gateway and worker is restarted, one after another, under load: each stops within 10 s, and no accepted buyer is lost', async () => {
  const sale = await operator.openSale(
    saleDraft({ title: 'Rolling restart', lastsMs: 600_000, payTimeoutSeconds: 5, stock: 100_000 }),
  );
  const attempts: Attempt[] = [];
  const crowd = new Crowd(sale, attempts);
  const parts = [...platform.gateways, ...platform.workers];
  for (const part of parts) {
    // Each part stops while it has work: buyers have won since the part before it came back.
    const before = reserved(attempts);
    await expect.poll(() => reserved(attempts)).toBeGreaterThan(before + 10);
    expect(await leave(part), `${part.name} has to leave within 10 s`).toBeLessThan(LEAVES_WITHIN_MS);
    await part.start();
  }
  await crowd.leave();

  expect(crashed).toEqual([]);
  const rest = await waitForRest(operator, sale.saleId, AT_REST_WITHIN_MS);
  expect(rest.waitingFor).toBe('');
  expect(rest.audit?.checks.filter((check) => !check.holds)).toEqual([]);
  const books = await readBooks(platform.servers.postgres.url, sale.saleId);
  expect(compareWithBooks(attempts, books)).toEqual([]);
  // There were enough units for every buyer.
  const accepted = attempts.filter(({ lastAnswer }) => lastAnswer === 'RESERVED').map(({ reservationId }) => reservationId);
  expect(accepted.length).toBeGreaterThan(10 * parts.length);
  expect(accepted.filter((reservationId) => !books.orders.has(reservationId))).toEqual([]);
  expect([...new Set([...books.orders.values()].map(({ status }) => status))].toSorted()).toEqual(
    expect.arrayContaining(['CANCELLED', 'PAID']),
  );
}, 300_000);

const reserved = (attempts: readonly Attempt[]) => attempts.filter(({ lastAnswer }) => lastAnswer === 'RESERVED').length;

/** Sends SIGTERM. Resolves with the ms until the process ended; throws if it had to be killed. */
async function leave(part: Part): Promise<number> {
  const goodbyes = () => readFileSync(part.logFile, 'utf8').match(/"msg":"(left|stopped)"/g)?.length ?? 0;
  const before = goodbyes();
  const asked = performance.now();
  await part.stop();
  const ms = performance.now() - asked;
  if (goodbyes() !== before + 1) throw new Error(`${part.name} was killed or left something undone.\n${part.lastLines()}`);
  return ms;
}

/** Buyers who come at a steady pace until `leave`. Half of the winners pay, a tenth cancels. */
class Crowd {
  readonly #buyers: Promise<void>[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(sale: AdminSale, attempts: Attempt[]) {
    const { gatewayUrls, jwtSecret, paymentsUrl } = platform;
    const [{ itemId = '' } = {}] = sale.items;
    const shop = { api: obstinateApi(paymentsUrl), gatewayUrls, jwtSecret, providers: ['http'], saleId: sale.saleId, itemId };
    this.#timer = setInterval(() => {
      const number = this.#buyers.length;
      this.#buyers.push(buy(shop, `user-${number}`, new Random(number + 1), attempts));
    }, 1_000 / BUYERS_PER_SECOND);
  }

  /** Resolves once every buyer has an answer, or has left without one. */
  async leave(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#buyers);
  }
}
