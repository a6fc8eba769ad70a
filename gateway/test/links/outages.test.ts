import { jetstreamManager } from '@nats-io/jetstream';
import { type RunningServers, startServers, waitUntil } from 'dev';
import {
  advance,
  calls,
  ensureStreams,
  listen,
  newReservationId,
  outboxSize,
  Problem,
  type ReservationRecord,
  readReservations,
  SOLD_OUT_LEASE_MS,
  STREAMS,
  stockUnknown,
} from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import {
  accessToken,
  buy,
  buyOnce,
  openItems,
  openSale,
  readSalesAgain,
  type Ticket,
  ticketFor,
  unitsTaken,
} from '../support/sales.ts';
import { winnersInStream } from '../support/winners-in-stream.ts';
import { answerCalls } from '../support/worker.ts';

/** This file needs private servers, because each test stops them. */
let servers: RunningServers<{ redis: object; nats: object }>;
let on: TestGateways;

beforeEach(async () => {
  servers = await startServers({ redis: {}, nats: {} }, { label: 'gateway-outages' });
  on = await startGateways({ redisUrl: servers.redis.url, natsUrl: servers.nats.url });
});
afterEach(async () => {
  await on?.close();
  await servers?.stop();
});

const ready = async (gateway = 0): Promise<number> => (await on.call('GET', '/readyz', { on: gateway })).status;
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  // A server that has just come back may refuse the first request.
  expect(await waitUntil(() => isSo().catch(() => false), 30_000)).toBe(true);
};
/** Returns the duration of the faster of two runs, because a stalled machine may delay one of them. */
const fasterMs = async (work: (turn: number) => Promise<void>): Promise<number> => {
  const took: number[] = [];
  for (const turn of [0, 1]) {
    const since = performance.now();
    await work(turn);
    took.push(performance.now() - since);
  }
  return Math.min(...took);
};
/** A gateway waits this long for Redis or JetStream. */
const PATIENCE_MS = 1_000;
const reservationsOf = async (itemId: string) => {
  const all: (ReservationRecord & { reservationId: string })[] = [];
  for await (const portion of readReservations(on.redis, itemId)) all.push(...portion);
  return all;
};

describe('Redis', () => {
  test('away: no buyer wins, all get UNAVAILABLE; back with another run id: no win until the stock is known', async () => {
    const { sale, itemId } = await openSale(on);
    const winner = ticketFor(on, itemId, 'winner');
    expect((await buy(on, winner)).status).toBe(202);

    // The append-only file survives the kill, but on a slow disk Redis answers before it has written to it.
    await until(async () => /aof_buffer_length:0\r/.test(await on.redis.info('persistence')));
    await servers.redis.kill();
    await until(async () => (await ready()) === 503);
    const answer = await buyOnce(on, ticketFor(on, itemId, 'unlucky'));
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer.body.retryAfterMs).toBeGreaterThan(0);
    expect(answer.text).not.toContain(String(servers.redis.port));
    expect((await on.call('GET', `/api/sales/${sale.saleId}`)).body.state).toBe('LIVE');

    const called: { itemId: string }[] = [];
    listen(on.nats, stockUnknown, (event) => called.push(event));
    await on.nats.flush();
    await servers.redis.restart();
    await until(async () => (await ready()) === 200);
    expect((await buyOnce(on, ticketFor(on, itemId, 'hasty'))).code).toBe('UNAVAILABLE');
    await until(async () => called.length > 0);
    expect(called[0]).toEqual({ itemId });
    // The winner from before the outage keeps the reservation.
    expect((await buy(on, winner)).status).toBe(202);

    await openItems(on.redis, sale);
    // The units are held back for the length of a lease. They exist, so no buyer gets "sold out".
    const codes: string[] = [];
    await until(async () => codes.push((await buy(on, ticketFor(on, itemId, 'patient'))).code) > 0 && codes.at(-1) === 'OK');
    expect(codes.slice(0, -1).filter((code) => code !== 'UNAVAILABLE')).toEqual([]);
  });

  test('frozen: UNAVAILABLE within about a second, then at once; thawed: as before', async () => {
    const { itemId } = await openSale(on);
    servers.redis.freeze();
    const first = ticketFor(on, itemId, 'first');
    const since = performance.now();
    expect((await buyOnce(on, first)).code).toBe('UNAVAILABLE');
    // Without a time limit in the gateway this would never end. The extra time is for a stalled machine.
    expect(performance.now() - since).toBeLessThan(PATIENCE_MS + 10_000);
    await until(async () => (await ready()) === 503);
    const atOnceMs = await fasterMs(async (turn) => {
      expect((await buyOnce(on, ticketFor(on, itemId, `next${turn}`))).code).toBe('UNAVAILABLE');
    });
    expect(atOnceMs).toBeLessThan(PATIENCE_MS);
    servers.redis.thaw();
    await until(async () => (await ready()) === 200);
    // Redis may have decided the first request without an answer reaching the buyer: the same token gets the same result.
    expect((await buy(on, first)).status).toBe(202);
    expect(await unitsTaken(on.redis, itemId)).toBe(1);
  });

  test('away: a reservation without an order yet is UNAVAILABLE, not NOT_FOUND', async () => {
    const { itemId } = await openSale(on);
    const ticket = ticketFor(on, itemId, 'winner');
    expect((await buy(on, ticket)).status).toBe(202);
    await answerCalls(on.nats, calls.findReservation, () => {
      throw new Problem('NOT_FOUND');
    });
    const headers = await accessToken(on, 'winner');
    await servers.redis.kill();
    await until(async () => (await ready()) === 503);
    const answer = await on.call('GET', `/api/reservations/${ticket.reservationId}`, { headers });
    expect(answer).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
    expect(answer.body.retryAfterMs).toBeGreaterThan(0);
  });

  test('empty: the gateway keeps the sales in memory, and no buyer wins', async () => {
    const { saleId, itemId } = await openSale(on);
    await on.redis.flushall();
    await Promise.all(on.gateways.map(readSalesAgain));
    expect((await on.call('GET', `/api/sales/${saleId}`)).status).toBe(200);
    expect((await buyOnce(on, ticketFor(on, itemId, 'hopeful'))).code).toBe('UNAVAILABLE');
  });

  test('back at an older copy of its data under the same run id: closed at once, and sold again after a rebuild', async () => {
    const { sale, itemId } = await openSale(on, { stock: 10 });
    const keys = Object.values(itemKeys(itemId));
    const buyAll = (prefix: string, count: number) =>
      Promise.all(Array.from({ length: count }, (_, i) => buy(on, ticketFor(on, itemId, `${prefix}${i}`))));
    expect((await buyAll('early', 4)).map(({ status }) => status)).toEqual(Array(4).fill(202));
    const copy = await Promise.all(keys.map(async (key) => [key, await on.redis.dumpBuffer(key)] as const));
    expect((await buyAll('lost', 4)).map(({ status }) => status)).toEqual(Array(4).fill(202));
    const lost = await reservationsOf(itemId);

    const back = on.redis.multi().del(keys);
    for (const [key, data] of copy) if (data) back.restore(key, 0, data);
    await back.exec();
    const codes = (await buyAll('late', 10)).map(({ code }) => code);
    expect(codes).toEqual(Array(10).fill('UNAVAILABLE'));

    // As a worker does: the winners come from PostgreSQL or the stream.
    await openItems(on.redis, sale, () => advance(on.redis, itemId, 'RESERVED', lost));
    let buyers = 0;
    const next = async () => (await buy(on, ticketFor(on, itemId, `patient${buyers++}`))).code;
    await until(async () => (await next()) === 'OK');
    expect([await next(), await next()]).toEqual(['OK', 'SOLD_OUT']);
  });

  test('a belief does not outlive Redis by more than its lease', async () => {
    const { itemId } = await openSale(on, { stock: 1 });
    await buy(on, ticketFor(on, itemId, 'only'));
    const loser = ticketFor(on, itemId, 'loser');
    await until(
      async () =>
        (await buy(on, loser)).code === 'SOLD_OUT' &&
        on.gateways[0]?.parts.sales.item(itemId)?.isBelievedClosed(performance.now()) === true,
    );
    await servers.redis.kill();
    await new Promise((resolve) => setTimeout(resolve, SOLD_OUT_LEASE_MS + 50));
    expect((await buyOnce(on, loser)).code).toBe('UNAVAILABLE');
  });
});

describe('NATS', () => {
  test('away: winners get 202, wait in the outbox, and reach the stream when NATS is back', async () => {
    const { itemId } = await openSale(on, { stock: 20 });
    await servers.nats.kill();
    await until(async () => (await ready()) === 503);
    const tickets = Array.from({ length: 20 }, (_, i) => ticketFor(on, itemId, `kept${i}`));
    const since = performance.now();
    for (const ticket of tickets) expect((await buy(on, ticket)).status).toBe(202);
    // None of them has waited for JetStream, except perhaps the first.
    expect(performance.now() - since).toBeLessThan(tickets.length * PATIENCE_MS);
    expect(await outboxSize(on.redis, itemId)).toBe(20);
    expect((await on.call('GET', '/metrics')).text).toMatch(/seckill_gateway_unacknowledged_winners 20/);

    await servers.nats.restart();
    await until(async () => (await outboxSize(on.redis, itemId)) === 0);
    const expected = tickets.map((ticket) => ticket.reservationId).sort();
    await until(async () => String((await winnersInStream(on.nats)).sort()) === String(expected));
    await until(async () => (await ready()) === 200);
  });

  test('away, and then Redis loses everything: no winner is lost while the gateway runs', async () => {
    const { itemId } = await openSale(on);
    await servers.nats.kill();
    await until(async () => (await ready()) === 503);
    const ticket = ticketFor(on, itemId, 'survivor');
    expect((await buy(on, ticket)).status).toBe(202);
    await on.redis.flushall();
    await servers.nats.restart();
    await until(async () => (await winnersInStream(on.nats)).includes(ticket.reservationId));
  });

  test('frozen: the first winner waits about a second, the next ones do not, and all reach the stream', async () => {
    const { itemId } = await openSale(on);
    servers.nats.freeze();
    const first = ticketFor(on, itemId, 'first');
    const answer = await buyOnce(on, first);
    // The winner was not kept waiting until the client gave up the connection, which takes at least 4 s. If Redis stalled, nothing was decided yet.
    if (answer.status === 202) expect(on.gateways[0]?.parts.nats.connected).toBe(true);
    else expect((await buy(on, first)).status).toBe(202);
    const next = [0, 1].map((turn) => ticketFor(on, itemId, `next${turn}`));
    const atOnceMs = await fasterMs(async (turn) => {
      expect((await buy(on, next[turn] as Ticket)).status).toBe(202);
    });
    expect(atOnceMs).toBeLessThan(PATIENCE_MS);
    // Published, but not stored as far as the gateway knows.
    expect(await outboxSize(on.redis, itemId)).toBe(3);
    servers.nats.thaw();
    await until(async () => (await outboxSize(on.redis, itemId)) === 0);
    const expected = [first, ...next].map((ticket) => ticket.reservationId).sort();
    await until(async () => String((await winnersInStream(on.nats)).sort()) === String(expected));
  });

  test('without its streams: winners are kept until a worker has created the streams', async () => {
    const { itemId } = await openSale(on);
    const manager = await jetstreamManager(on.nats);
    await manager.streams.delete(STREAMS.reservations.name);
    const ticket = ticketFor(on, itemId, 'early');
    expect((await buy(on, ticket)).status).toBe(202);
    await ensureStreams(manager);
    await until(async () => (await winnersInStream(on.nats)).includes(ticket.reservationId));
  });

  test('full: a refused winner is kept and published again once there is room', async () => {
    const { itemId } = await openSale(on);
    const manager = await jetstreamManager(on.nats);
    await manager.streams.update(STREAMS.reservations.name, { max_msgs: 1 });
    const tickets = [ticketFor(on, itemId, 'fits'), ticketFor(on, itemId, 'refused')];
    for (const ticket of tickets) expect((await buy(on, ticket)).status).toBe(202);
    await until(async () => (await winnersInStream(on.nats)).length === 1);
    await manager.streams.update(STREAMS.reservations.name, { max_msgs: -1 });
    await until(async () => (await winnersInStream(on.nats)).length === 2);
  });

  test('away, with too many unacknowledged winners: UNAVAILABLE before any unit is taken', async () => {
    await on.add({ unacknowledged: 3, load: { pending: 10_000, lagMs: 60_000, staleMs: 60_000 } });
    const { itemId } = await openSale(on);
    await servers.nats.kill();
    await until(async () => (await ready(1)) === 503);
    const answers: string[] = [];
    for (let i = 0; i < 5; i += 1) answers.push((await buy(on, ticketFor(on, itemId, `many${i}`), { on: 1 })).code);
    expect(answers).toEqual(['OK', 'OK', 'OK', 'UNAVAILABLE', 'UNAVAILABLE']);
    expect(await unitsTaken(on.redis, itemId)).toBe(3);
  });

  test('away: orders, admin calls and webhooks are UNAVAILABLE at once', async () => {
    const user = await accessToken(on, 'buyer');
    await servers.nats.kill();
    await until(async () => (await ready()) === 503);
    const since = performance.now();
    const admin = { authorization: `Bearer ${on.config.adminToken}` };
    const asked = [
      ['/api/orders', user],
      ['/api/admin/overview', admin],
      [`/api/reservations/${newReservationId('00002a')}`, user],
    ] as const;
    for (const [path, headers] of asked) {
      expect((await on.call('GET', path, { headers })).code).toBe('UNAVAILABLE');
    }
    // None of them has waited for a worker, except perhaps one.
    expect(performance.now() - since).toBeLessThan(asked.length * calls.listOrders.timeoutMs);
  });
});
