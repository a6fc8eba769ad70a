import { type Gateway, readConfig, startGateway } from 'gateway';
import { pino } from 'pino';
import { newId, readRoom, readTickets } from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
let platform: Platform;
let gateways: Gateway[] = [];

beforeAll(async () => {
  ({ platform } = on);
  const { redisUrl, natsUrl } = on.servers;
  const config = readConfig({ REDIS_URL: redisUrl, NATS_URL: natsUrl, PORT: '0', DEV_LOGIN: 'true' });
  const silent = pino({ level: 'silent' });
  gateways = await Promise.all([startGateway(config, silent), startGateway(config, silent)]);
  await Promise.all(gateways.map((gateway) => gateway.ready()));
});
afterAll(() => Promise.all(gateways.map((gateway) => gateway.close())));

const STOCK = 60;
let turn = 0;

/** Calls one gateway after the other until one of them answers something else than "not now". */
async function call(method: string, path: string, headers: Record<string, string>, body?: unknown) {
  for (;;) {
    turn += 1;
    const { url } = gateways[turn % gateways.length] as Gateway;
    const init =
      body === undefined
        ? { headers }
        : { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(url + path, { method, ...init });
    const answer = { status: response.status, body: (await response.json()) as Record<string, string> };
    if (answer.status !== 503 && answer.status !== 429) return answer;
    await new Promise((resolve) => setTimeout(resolve, Math.min(Number(answer.body['retryAfterMs'] ?? 100), 200)));
  }
}

/** A user who signs in, joins, waits for their turn and buys. */
class Buyer {
  readonly userId: string;
  #headers: Record<string, string> = {};
  ticketIds: string[] = [];

  constructor(userId: string) {
    this.userId = userId;
  }

  async join(saleId: string): Promise<void> {
    if (this.#headers['authorization'] === undefined) {
      const { body } = await call('POST', '/api/dev/login', {}, { userId: this.userId });
      this.#headers = { authorization: `Bearer ${body['accessToken']}` };
    }
    const { status, body } = await call('POST', `/api/sales/${saleId}/queue`, this.#headers);
    expect(status).toBe(201);
    this.ticketIds.push(body['ticketId'] ?? '');
  }

  /** Resolves to whether the user has won. */
  async buy(saleId: string, itemId: string): Promise<boolean> {
    const token = await call('POST', `/api/sales/${saleId}/items/${itemId}/purchase-token`, this.#headers);
    if (token.status !== 201) return false;
    const { purchaseToken } = token.body;
    return (await call('POST', '/api/reservations', {}, { purchaseToken })).status === 202;
  }
}

/** Redis loses everything, or goes back to an older copy of the room. */
async function lose(copy: Map<string, Buffer | null> | undefined): Promise<void> {
  if (copy === undefined) return void (await platform.redis.flushdb());
  for (const [key, dump] of copy) {
    await platform.redis.del(key);
    if (dump !== null) await platform.redis.restore(key, 0, dump);
  }
}

const isKnown = async (saleId: string) => (await readRoom(platform.redis, saleId)).runId !== undefined;

test('through losses and older copies of Redis, no place is lost, none is given twice, and the audit holds', {
  timeout: 180_000,
}, async () => {
  await Promise.all([platform.startWorker(), platform.startWorker()]);
  const sale = await platform.openSale({
    admission: 'queue',
    startsInMs: 4_000,
    stock: STOCK,
    waitingRoom: { claimSeconds: 60, staleSeconds: 60 },
  });
  const { saleId } = sale;
  await eventually(() => isKnown(saleId), 'the room open');
  const keys = Object.values(roomKeys(saleId));
  const copyNow = async () =>
    new Map(await Promise.all(keys.map(async (key) => [key, await platform.redis.dumpBuffer(key)] as const)));

  const crowd = users(240, newId().slice(-6)).map((name) => new Buyer(name));
  let joined = 0;
  const joining = atOnce(12, crowd, async (buyer) => {
    await buyer.join(saleId);
    joined += 1;
  });
  let copy: Map<string, Buffer | null> | undefined;
  for (const [i, after] of [20, 60, 100, 150].entries()) {
    await eventually(() => joined >= after, `${after} joined`, 60_000);
    const older = copy;
    copy = await copyNow();
    await lose(i % 2 === 1 ? older : undefined);
    await eventually(() => isKnown(saleId), 'the room known again');
  }
  await joining;

  // Users ask one after the other until their turn has come.
  const bought = new Set<string>();
  const waiting = [...crowd];
  const buying = Promise.all(
    Array.from({ length: 12 }, async () => {
      for (let buyer = waiting.shift(); buyer !== undefined && bought.size < STOCK; buyer = waiting.shift()) {
        if (await buyer.buy(saleId, itemIdOf(sale))) bought.add(buyer.userId);
        else waiting.push(buyer);
      }
    }),
  );
  await eventually(() => bought.size >= 10, 'ten wins', 60_000);
  await lose(undefined);
  await buying;
  expect(bought.size).toBe(STOCK);
  await eventually(() => isKnown(saleId), 'the room known again');

  const numbers = new Map<string, string>();
  for await (const { userId, lane, number } of readTickets(platform.redis, saleId)) numbers.set(userId, `${lane}${number}`);
  expect(numbers.size).toBe(crowd.length);
  expect(new Set(numbers.values()).size).toBe(crowd.length);
  for (const { userId, ticketIds } of crowd)
    expect(
      ticketIds.map((id) => id.split('.')[1]),
      userId,
    ).toEqual(ticketIds.map(() => numbers.get(userId)));
  await platform.expectAuditHolds(sale);
});

async function atOnce<Each>(count: number, all: readonly Each[], work: (each: Each) => Promise<unknown>): Promise<void> {
  const left = [...all];
  const next = async () => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await work(each);
  };
  await Promise.all(Array.from({ length: count }, next));
}
