import { setTimeout as sleep } from 'node:timers/promises';
import { useTestServers } from 'dev/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { buy, openSale, type Ticket, ticketFor } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2 });
});
afterAll(() => on?.close());

const HONEST = 200;
const RATE_PER_SECOND = 50;
/** Tokens for buyers who arrive together because the machine stalled. */
const SLACK = 25;
const AT_ONCE = 10;

/** The honest buyers come one after another, never faster than the rate of the sale. Returns how many of them won at the first try. */
async function honestBuyers(itemId: string): Promise<number> {
  const tries: Promise<{ status: number }>[] = [];
  for (let i = 0; i < HONEST; i += 1) {
    tries.push(buy(on, ticketFor(on, itemId, `honest-${i}`), { on: i % 2 }));
    // While Redis stalls, no crowd must gather that comes at once.
    await tries.at(-AT_ONCE);
    // A timer may be a millisecond early.
    await sleep(1_000 / RATE_PER_SECOND + 1);
  }
  return (await Promise.all(tries)).filter(({ status }) => status === 202).length;
}

/** Tries `everyMs` until `stop`, and returns the answers by code. */
async function greedyAccount(itemId: string, userId: string, everyMs: number, stop: AbortSignal): Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  const same = ticketFor(on, itemId, userId);
  const tries: Promise<void>[] = [];
  const attempt = async (ticket: Ticket, gateway: number) => {
    const { code } = await buy(on, ticket, { on: gateway });
    answers.set(code, (answers.get(code) ?? 0) + 1);
  };
  for (let i = 0; !stop.aborted; i += 1) {
    tries.push(attempt(i % 2 === 0 ? same : ticketFor(on, itemId, userId), i % 2));
    await sleep(everyMs);
  }
  await Promise.all(tries);
  return answers;
}

describe('honest buyers at the rate of the sale win at the first try', () => {
  test.each([
    ['one account that holds its unit and tries 150 times a second', 1, 1_000 / 150],
    ['a hundred accounts that hold their units and try twice a second', 100, 500],
  ])('beside %s', async (_crowd, accounts, everyMs) => {
    const rateLimit = { ratePerSecond: RATE_PER_SECOND, burst: accounts + SLACK };
    const { itemId } = await openSale(on, { stock: 10_000, rateLimit });
    const users = Array.from({ length: accounts }, (_, i) => `greedy-${i}`);
    for (const userId of users) expect((await buy(on, ticketFor(on, itemId, userId))).status).toBe(202);

    const stop = new AbortController();
    const greedy = users.map((userId) => greedyAccount(itemId, userId, everyMs, stop.signal));
    const won = await honestBuyers(itemId);
    stop.abort();
    const answers = await Promise.all(greedy);
    expect(won).toBeGreaterThanOrEqual(HONEST * 0.95);
    expect(answers.every((counts) => !counts.has('OK'))).toBe(true);
    const tries = answers.flatMap((counts) => [...counts.values()]).reduce((sum, count) => sum + count, 0);
    expect(tries).toBeGreaterThan(HONEST);
  });
});
