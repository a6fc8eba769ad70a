import { foreignUserIds, useTestServers } from 'dev/test';
import { outboxSize, PurchaseTokens, readReservation, stockReserved } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../support/call.ts';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import {
  accessToken,
  buy,
  changeSale,
  openSale,
  readSalesAgain,
  type SaleOptions,
  type TestSale,
  type Ticket,
  ticketFor,
  unitsTaken,
} from '../support/sales.ts';
import { winnersInStream } from '../support/winners-in-stream.ts';
import { within } from '../support/within.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2 });
});
afterAll(() => on?.close());

/** Returns the sale's winners in the stream, once all are in it. A late acknowledgement makes the gateway publish again, under the same id. */
const winnersOf = async ({ saleId, itemId }: TestSale): Promise<string[]> => {
  await expect.poll(() => outboxSize(on.redis, itemId)).toBe(0);
  return winnersInStream(on.nats, stockReserved.subject({ saleId, itemId }));
};

/** Counts the answers by code and status. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code, status } of answers) counts[`${code} ${status}`] = (counts[`${code} ${status}`] ?? 0) + 1;
  return counts;
}

describe('who wins', () => {
  test('500 buyers, 10 units, two gateways: exactly 10 win, and each winner is in the stream', async () => {
    const sale = await openSale(on, { stock: 10 });
    const tickets = Array.from({ length: 500 }, (_, i) => ticketFor(on, sale.itemId, `user${i}`));
    const answers = await Promise.all(tickets.map((ticket, i) => buy(on, ticket, { on: i % 2 })));
    expect(tally(answers)).toEqual({ 'OK 202': 10, 'SOLD_OUT 409': 490 });
    const won = tickets.filter((_, i) => answers[i]?.status === 202).map(({ reservationId }) => reservationId);
    expect((await winnersOf(sale)).toSorted()).toEqual(won.toSorted());
  });

  test.each(foreignUserIds('eve'))('a user id of an identity provider: %j', async (userId) => {
    const { saleId, itemId } = await openSale(on);
    const headers = await accessToken(on, userId);
    const { body } = await on.call('POST', `/api/sales/${saleId}/items/${itemId}/purchase-token`, { headers });
    const bought = await on.callWhenAwake('POST', '/api/reservations', { body: { purchaseToken: body.purchaseToken } });
    expect(bought).toMatchObject({ status: 202, body: { reservationId: body.reservationId } });
    const path = `/api/reservations/${body.reservationId}`;
    expect(await on.callWhenAwake('GET', path, { headers })).toMatchObject({ status: 200, body: { status: 'RESERVED' } });
    const stranger = await accessToken(on, `${userId} `);
    expect((await on.callWhenAwake('GET', path, { headers: stranger })).status).toBe(404);
    expect(await readReservation(on.redis, body.reservationId)).toMatchObject({ userId, quantity: 1 });
  });

  test('the same token a hundred times, on two gateways: one reservation, a hundred times the same answer', async () => {
    const sale = await openSale(on, { stock: 50 });
    const ticket = ticketFor(on, sale.itemId, 'again');
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => buy(on, ticket, { on: i % 2 })));
    for (const answer of answers) {
      expect(answer.status).toBe(202);
      expect(answer.body).toEqual({ reservationId: ticket.reservationId, status: 'RESERVED' });
    }
    expect(await winnersOf(sale)).toEqual([ticket.reservationId]);
    expect(await unitsTaken(on.redis, sale.itemId)).toBe(1);
  });

  test('a winner leaves the outbox once the stream has the message', async () => {
    const { itemId } = await openSale(on);
    const ticket = ticketFor(on, itemId, 'acked');
    expect((await buy(on, ticket)).status).toBe(202);
    await expect.poll(() => outboxSize(on.redis, itemId)).toBe(0);
    expect((await readReservation(on.redis, ticket.reservationId))?.userId).toBe('acked');
  });

  test('a user holds no more than the limit, however many tokens they use', async () => {
    const { itemId } = await openSale(on, { stock: 100, limitPerUser: 2 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => buy(on, ticketFor(on, itemId, 'greedy'))));
    expect(tally(answers)).toEqual({ 'OK 202': 2, 'LIMIT_REACHED 409': 8 });
  });

  test('a quantity of n takes n units', async () => {
    const { itemId } = await openSale(on, { stock: 5, limitPerUser: 3 });
    expect((await buy(on, ticketFor(on, itemId, 'three'), { quantity: 3 })).status).toBe(202);
    expect((await buy(on, ticketFor(on, itemId, 'many'), { quantity: 4 })).code).toBe('LIMIT_REACHED');
    expect((await buy(on, ticketFor(on, itemId, 'toomany'), { quantity: 3 })).code).toBe('SOLD_OUT');
    expect((await buy(on, ticketFor(on, itemId, 'two'), { quantity: 2 })).status).toBe(202);
    expect((await buy(on, ticketFor(on, itemId, 'late'))).code).toBe('SOLD_OUT');
  });

  test('a token that has won keeps its answer, even if it then asks for more than the limit', async () => {
    const { itemId } = await openSale(on, { stock: 5, limitPerUser: 1 });
    const ticket = ticketFor(on, itemId, 'more');
    expect((await buy(on, ticket, { quantity: 2 })).code).toBe('LIMIT_REACHED');
    expect((await buy(on, ticket)).status).toBe(202);
    expect(await buy(on, ticket, { quantity: 2 })).toMatchObject({ status: 202, body: { reservationId: ticket.reservationId } });
  });
});

/** The gateway's estimate of Redis's clock may be off by half a round trip, which takes tens of ms on a busy machine. */
const CLOCK_MS = 250;

/**
 * Tries to buy before the moment at which the window opens or closes. If the machine stalled past that moment, tries again with a sale
 * whose moment is later.
 */
async function askedInTime(userId: string, windowOf: (moment: number) => SaleOptions) {
  for (let aheadMs = 400; ; aheadMs *= 4) {
    const moment = Date.now() + aheadMs;
    const { itemId } = await openSale(on, windowOf(moment));
    const ticket: Ticket = ticketFor(on, itemId, userId);
    const answer = await buy(on, ticket);
    if (Date.now() < moment) return { itemId, ticket, answer, aheadMs };
  }
}

describe('the window', () => {
  test('before the start: NOT_STARTED with the time to wait, and after that time it is open', async () => {
    const asked = await askedInTime('early', (startsAt) => ({ startsAt }));
    expect(asked.answer).toMatchObject({ status: 403, code: 'NOT_STARTED' });
    expect(asked.answer.body.retryAfterMs).toBeGreaterThan(0);
    expect(asked.answer.body.retryAfterMs).toBeLessThanOrEqual(asked.aheadMs + CLOCK_MS);
    let { answer } = asked;
    // The gateway's clock may be slightly fast, so a second NOT_STARTED may follow. Redis's own answer is exact.
    for (let waits = 0; waits < 3 && answer.code === 'NOT_STARTED'; waits += 1) {
      const { retryAfterMs } = answer.body;
      expect(Number(answer.headers.get('retry-after'))).toBe(Math.ceil(retryAfterMs / 1_000));
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs + 5));
      answer = await buy(on, asked.ticket);
    }
    expect(answer.status).toBe(202);
  });

  test('after the end: SALE_ENDED for all buyers except the winners', async () => {
    const { itemId, ticket: winner, answer } = await askedInTime('intime', (endsAt) => ({ endsAt }));
    expect(answer.status).toBe(202);
    await expect.poll(async () => (await buy(on, ticketFor(on, itemId, 'late'))).code).toBe('SALE_ENDED');
    const late = await Promise.all(Array.from({ length: 50 }, (_, i) => buy(on, ticketFor(on, itemId, `late-${i}`))));
    expect(late.every((each) => each.status === 410)).toBe(true);
    expect((await buy(on, winner, { on: 1 })).status).toBe(202);
  });

  test('paused: SALE_PAUSED with a time to wait; resumed: open again; closed: ended', async () => {
    const { sale, itemId } = await openSale(on);
    const winner = ticketFor(on, itemId, 'before');
    expect((await buy(on, winner)).status).toBe(202);
    const paused = await changeSale(on.redis, sale, { status: 'PAUSED' });
    const answer = await buy(on, ticketFor(on, itemId, 'during'));
    expect(answer).toMatchObject({ status: 503, code: 'SALE_PAUSED' });
    expect(answer.body.retryAfterMs).toBeGreaterThan(0);
    expect((await buy(on, winner)).status).toBe(202);
    const resumed = await changeSale(on.redis, paused, { status: 'PUBLISHED' });
    await within(1_000, on, async () => expect((await buy(on, ticketFor(on, itemId, 'after'))).status).toBe(202));
    await changeSale(on.redis, resumed, { status: 'CLOSED' });
    await within(1_000, on, async () => expect((await buy(on, ticketFor(on, itemId, 'never'))).code).toBe('SALE_ENDED'));
    expect((await buy(on, winner)).status).toBe(202);
  });
});

describe('the token bucket', () => {
  test('admits its burst and its rate, no more and no less', async () => {
    const [ratePerSecond, burst, seconds] = [10, 10, 2];
    const { itemId } = await openSale(on, { stock: 10_000, rateLimit: { ratePerSecond, burst } });
    const since = performance.now();
    let [won, limited, latest, busyMs] = [0, 0, since, 0];
    /** Counts the time in which requests arrived at least as often as tokens. While all requests stall, a full bucket overflows. */
    const count = (now: number): void => {
      const gapMs = now - latest;
      if (gapMs < 1_000 / ratePerSecond) busyMs += gapMs;
      latest = now;
    };
    const hammer = async (on_: number): Promise<void> => {
      for (let i = 0; busyMs < seconds * 1_000 || limited <= 10; i += 1) {
        const answer = await buy(on, ticketFor(on, itemId, `h${on_}-${i}`), { on: on_ % 2 });
        count(performance.now());
        if (answer.status === 202) won += 1;
        else if (answer.code === 'RATE_LIMITED') limited += 1;
        else throw new Error(answer.text);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => hammer(i)));
    const elapsed = (performance.now() - since) / 1_000;
    expect(won).toBeLessThanOrEqual(burst + ratePerSecond * elapsed + 1);
    expect(won).toBeGreaterThanOrEqual((burst + ratePerSecond * seconds) * 0.85);
  });

  test('says how long to wait', async () => {
    const ratePerSecond = 2;
    const { itemId } = await openSale(on, { stock: 1_000, rateLimit: { ratePerSecond, burst: 1 } });
    const { ticket, answer, elapsedMs } = await limitedAfterWin(itemId, 1_000 / ratePerSecond);
    expect(answer).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
    // The bucket was empty after the win, and has been refilling since.
    expect(answer.body.retryAfterMs).toBeGreaterThan(0);
    expect(answer.body.retryAfterMs).toBeGreaterThanOrEqual(1_000 / ratePerSecond - elapsedMs);
    expect(Number(answer.headers.get('retry-after'))).toBe(Math.ceil(answer.body.retryAfterMs / 1_000));
    await new Promise((resolve) => setTimeout(resolve, answer.body.retryAfterMs + 5));
    expect((await buy(on, ticket)).status).toBe(202);
  });

  /** Wins until a buyer arrives before the bucket has its next token. If the machine stalls, the token may be there first. */
  async function limitedAfterWin(itemId: string, msForToken: number) {
    let wonSince = Number.NEGATIVE_INFINITY;
    for (let i = 0; ; i += 1) {
      const since = Date.now();
      const ticket = ticketFor(on, itemId, `buyer${i}`);
      const answer = await buy(on, ticket);
      // Redis reads the machine's clock in whole ms.
      const elapsedMs = Date.now() - wonSince + 1;
      if (answer.status !== 202) return { ticket, answer, elapsedMs };
      expect(elapsedMs).toBeGreaterThanOrEqual(msForToken);
      wonSince = since;
    }
  }
});

describe('invalid tokens', () => {
  test.each([
    ['an empty token', ''],
    ['a word', 'token'],
    ['an id alone', '01a1fc9b-c1ef-76d4-a0d4-4e74ab00002a'],
    ['an id of no item', '01a1fc9b-c1ef-76d4-a0d4-4e74abffffff.6b01305c.u0.tKaDWcCF6i4UqR5sPG3Z_Zz_Iu7LN0JlCOLG2JlgAD8'],
  ])('%s: TOKEN_INVALID', async (_what, purchaseToken) => {
    expect(await on.call('POST', '/api/reservations', { body: { purchaseToken } })).toMatchObject({
      status: 401,
      code: 'TOKEN_INVALID',
    });
  });

  test('an expired, foreign or altered token: TOKEN_INVALID, and no unit is taken', async () => {
    const { itemId } = await openSale(on, { stock: 10 });
    const good = ticketFor(on, itemId, 'victim');
    const expired = ticketFor(on, itemId, 'slow', Math.floor(Date.now() / 1_000) - 60);
    const foreign = new PurchaseTokens('another secret').sign({ ...good, expiresAt: Math.floor(Date.now() / 1_000) + 60 });
    const tampered = Array.from({ length: 30 }, (_, i) => {
      const at = Math.floor((i * good.purchaseToken.length) / 30);
      const other = good.purchaseToken[at] === '0' ? '1' : '0';
      return good.purchaseToken.slice(0, at) + other + good.purchaseToken.slice(at + 1);
    });
    for (const purchaseToken of [
      expired.purchaseToken,
      foreign,
      ...tampered,
      `${good.purchaseToken} `,
      good.purchaseToken.toUpperCase(),
    ]) {
      const answer = await on.call('POST', '/api/reservations', { body: { purchaseToken } });
      expect(answer).toMatchObject({ status: 401, code: 'TOKEN_INVALID' });
    }
    expect(await unitsTaken(on.redis, itemId)).toBe(0);
  });

  test("another user's token for the same reservation id is refused", async () => {
    const { itemId } = await openSale(on);
    const winner = ticketFor(on, itemId, 'owner');
    expect((await buy(on, winner)).status).toBe(202);
    const purchaseToken = new PurchaseTokens(on.config.tokenSecret).sign({
      reservationId: winner.reservationId,
      userId: 'thief',
      expiresAt: Math.floor(Date.now() / 1_000) + 60,
    });
    expect((await buy(on, { ...winner, purchaseToken })).code).toBe('TOKEN_INVALID');
  });

  test('a valid token for a sale that is not in memory makes the gateway find the sale', async () => {
    // Otherwise a read of the sales may be in flight already, and may miss the sale.
    await Promise.all(on.gateways.map(readSalesAgain));
    const { itemId } = await openSale({ ...on, gateways: [] });
    expect((await buy(on, ticketFor(on, itemId, 'quick'))).status).toBe(202);
  });

  test('a valid token for a sale that neither Redis nor memory has: UNAVAILABLE, not TOKEN_INVALID', async () => {
    const unknown = ticketFor(on, 'fffffe', 'patient');
    const answer = await buy(on, unknown);
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer.body.retryAfterMs).toBeGreaterThan(0);
  });
});
