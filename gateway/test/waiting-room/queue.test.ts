import { useTestServers } from 'dev/test';
import { createSigner } from 'fast-jwt';
import { itemIdOf } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { askForToken, join, openRoomSale, readTicket, ticketIn, watchRoom } from '../support/rooms.ts';
import { accessToken, buy, openSale } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2, env: { PRIORITY_CLAIM: 'vip' } });
});
afterAll(() => on?.close());

test('a user gets the same ticket from every gateway, also from one that starts later', async () => {
  const { saleId } = await openRoomSale(on, { startsAt: Date.now() + 60_000 });
  const first = await join(on, saleId, 'ann');
  expect(first).toMatchObject({
    status: 201,
    body: { saleId, state: 'WAITING', lane: 'n', entryId: expect.stringMatching(/^[\w-]{12}$/) },
  });
  await on.add();
  for (const gateway of [0, 1, 2]) {
    const again = await join(on, saleId, 'ann', gateway);
    expect(again.body.ticketId).toBe(first.body.ticketId);
    expect(again.body.entryId).toBe(first.body.entryId);
    const read = await readTicket(on, first.body.ticketId, 'ann', gateway);
    expect(read).toMatchObject({ status: 200, body: { ticketId: first.body.ticketId, saleId } });
  }
});

test('a join, and a ticket that waits, are answered in front of Fastify as Fastify answers them', async () => {
  const { saleId } = await openRoomSale(on, { startsAt: Date.now() + 60_000 });
  const headers = await accessToken(on, 'ann');
  const ask = async (method: 'GET' | 'POST', path: string) => {
    const answers = [await on.call(method, path, { headers }), await on.call(method, `${path}?via=fastify`, { headers })];
    const [inFront, behind] = answers.map(({ status, headers, body }) => [
      status,
      headers.get('content-type'),
      { ...body, retryAfterMs: 0 },
    ]);
    expect(inFront).toEqual(behind);
    expect(answers[0]?.body).toMatchObject({ state: 'WAITING', retryAfterMs: expect.any(Number) });
    return answers[0]?.body;
  };
  const { ticketId } = await ask('POST', `/api/sales/${saleId}/queue`);
  expect(await ask('GET', `/api/queue/${ticketId}`)).toMatchObject({ ticketId });
});

test('a ticket is shown to its user only', async () => {
  const { saleId } = await openRoomSale(on, { stock: 0 });
  const { body } = await join(on, saleId, 'ann');
  expect((await readTicket(on, body.ticketId, 'bob')).code).toBe('NOT_FOUND');
  expect((await readTicket(on, `${body.ticketId}x`, 'ann')).code).toBe('NOT_FOUND');
  expect((await on.call('GET', `/api/queue/${body.ticketId}`)).code).toBe('UNAUTHENTICATED');
});

test('without a turn there is no purchase token, with one there is the same token until the claim ends', async () => {
  const sale = await openRoomSale(on, { stock: 1 });
  expect((await askForToken(on, sale, 'ann')).code).toBe('NOT_ADMITTED');
  const ann = await join(on, sale.saleId, 'ann');
  const bob = await join(on, sale.saleId, 'bob');
  const admitted = await ticketIn(on, ann.body.ticketId, 'ann', 'ADMITTED');
  expect(admitted).toMatchObject({ place: 1, ahead: 0, claimBy: expect.any(String) });
  expect((await askForToken(on, sale, 'bob')).code).toBe('NOT_ADMITTED');
  const token = await askForToken(on, sale, 'ann');
  expect(token.status).toBe(201);
  expect(itemIdOf(token.body.reservationId)).toBe(sale.itemId);
  const again = await askForToken(on, sale, 'ann', 1);
  expect(again.body).toEqual(token.body);
  const claimed = await ticketIn(on, ann.body.ticketId, 'ann', 'ADMITTED');
  expect(Math.floor(Date.parse(claimed.claimBy) / 1_000) * 1_000).toBe(Date.parse(token.body.expiresAt));
  expect((await readTicket(on, bob.body.ticketId, 'bob')).body).toMatchObject({ state: 'WAITING', place: 2, ahead: 0 });
});

test('a claim wins once: then it is used, and its user joins the end', async () => {
  const sale = await openRoomSale(on, { stock: 2, limitPerUser: 2 });
  const { body } = await join(on, sale.saleId, 'ann');
  await ticketIn(on, body.ticketId, 'ann', 'ADMITTED');
  const { body: token } = await askForToken(on, sale, 'ann');
  expect((await buy(on, { ...token, userId: 'ann' })).status).toBe(202);
  expect(await ticketIn(on, body.ticketId, 'ann', 'ENDED')).not.toHaveProperty('missedTurn');
  expect((await askForToken(on, sale, 'ann')).code).toBe('NOT_ADMITTED');
  const again = await join(on, sale.saleId, 'ann');
  expect(again.body.ticketId).not.toBe(body.ticketId);
  expect(again.body.place).toBe(2);
  // The old ticket leads to the new one.
  expect((await readTicket(on, body.ticketId, 'ann')).body.ticketId).toBe(again.body.ticketId);
});

test('people are admitted at the rate of the sale', async () => {
  const sale = await openRoomSale(on, { stock: 1_000, rateLimit: { ratePerSecond: 10, burst: 5 } });
  const events = watchRoom(on, sale.saleId);
  for (let i = 0; i < 40; i += 1) await join(on, sale.saleId, `user-${i}`);
  const last = await join(on, sale.saleId, 'user-last');
  await ticketIn(on, last.body.ticketId, 'user-last', 'ADMITTED');
  const served = events.filter((event) => event.served !== undefined);
  const count = served.reduce((sum, { served: places }) => sum + (places?.n ? places.n.upTo - places.n.from + 1 : 0), 0);
  expect(count).toBe(41);
  const [first, end] = [served[0]?.at ?? 0, served.at(-1)?.at ?? 0];
  // Forty after the first five at ten a second; the upper bound leaves time for a slow machine.
  expect(end - first).toBeGreaterThan(3_000);
  const fast = served.filter(({ at }) => at - first <= 2_000);
  expect(
    fast.reduce((sum, { served: places }) => sum + (places?.n ? places.n.upTo - places.n.from + 1 : 0), 0),
  ).toBeLessThanOrEqual(25);
});

test('all that happens in a room is in its stream: joins, turns, claims and wins', async () => {
  const sale = await openRoomSale(on, { stock: 5 });
  const events = watchRoom(on, sale.saleId);
  const { body } = await join(on, sale.saleId, 'ann');
  await ticketIn(on, body.ticketId, 'ann', 'ADMITTED');
  const { body: token } = await askForToken(on, sale, 'ann');
  await buy(on, { ...token, userId: 'ann' });
  await ticketIn(on, body.ticketId, 'ann', 'ENDED');
  const until = expect.any(Number);
  await expect
    .poll(() => events.map(({ saleId: _, epoch: __, at: ___, ...event }) => event), { timeout: 20_000 })
    .toEqual(
      expect.arrayContaining([
        // Entries were closed when the sale began.
        { joined: [['ann', 'n', 1, '']] },
        { served: { n: { from: 1, upTo: 1 } } },
        { taken: [['ann', 'n', 1, 1, until]], watermark: { n: 1, p: 0 } },
        { used: [['ann', token.reservationId]] },
        { closed: { n: { count: 0, key: '' }, p: { count: 0, key: '' } } },
      ]),
    );
});

test('a missed turn goes to the next one, and its user may join the end', async () => {
  const sale = await openRoomSale(on, { stock: 1, room: { staleSeconds: 2, claimSeconds: 30 } });
  const ann = await join(on, sale.saleId, 'ann');
  const bob = await join(on, sale.saleId, 'bob');
  await ticketIn(on, ann.body.ticketId, 'ann', 'ADMITTED');
  await ticketIn(on, bob.body.ticketId, 'bob', 'ADMITTED');
  expect(await ticketIn(on, ann.body.ticketId, 'ann', 'ENDED')).toMatchObject({ missedTurn: true });
  expect((await askForToken(on, sale, 'ann')).code).toBe('NOT_ADMITTED');
  const again = await join(on, sale.saleId, 'ann');
  expect(again.body).toMatchObject({ place: 3 });
});

test('users with priority have a lane to themselves and the larger share of turns', async () => {
  const startsAt = Date.now() + 6_000;
  const sale = await openRoomSale(on, { stock: 4, startsAt, room: { priorityWeight: 3 } });
  const sign = createSigner({ key: on.config.jwtSecret, algorithm: 'HS256' });
  const tickets = new Map<string, string>();
  for (const user of ['ann', 'bob', 'cid', 'dan']) tickets.set(user, (await join(on, sale.saleId, user)).body.ticketId);
  for (const user of ['vip-1', 'vip-2', 'vip-3', 'vip-4']) {
    const headers = { authorization: `Bearer ${sign({ sub: user, vip: true })}` };
    const { body } = await on.callWhenAwake('POST', `/api/sales/${sale.saleId}/queue`, { headers });
    expect(body).toMatchObject({ lane: 'p' });
    tickets.set(user, body.ticketId);
  }
  const views = await Promise.all(Array.from(tickets, ([user, ticketId]) => ticketIn(on, ticketId, user, 'ADMITTED', 'WAITING')));
  await expect
    .poll(async () => (await on.call('GET', `/api/sales/${sale.saleId}`)).body.waitingRoom.served, { timeout: 20_000 })
    .toEqual({ n: 1, p: 3 });
  expect(views).toHaveLength(8);
});

test('a draw takes no entries after their end, and says who was drawn', async () => {
  const startsAt = Date.now() + 6_000;
  const sale = await openRoomSale(on, { admission: 'draw', stock: 2, startsAt });
  const users = ['ann', 'bob', 'cid', 'dan'];
  const tickets = new Map<string, string>();
  for (const user of users) {
    const { body } = await join(on, sale.saleId, user);
    expect(body).toMatchObject({ state: 'WAITING' });
    expect(body).not.toHaveProperty('place');
    tickets.set(user, body.ticketId);
  }
  const views = await Promise.all(users.map((user) => ticketIn(on, tickets.get(user) ?? '', user, 'DRAWN', 'NOT_DRAWN')));
  expect(views.map(({ state }) => state).toSorted()).toEqual(['DRAWN', 'DRAWN', 'NOT_DRAWN', 'NOT_DRAWN']);
  expect(views.map(({ place }) => place).toSorted()).toEqual([1, 2, 3, 4]);
  expect((await join(on, sale.saleId, 'eve')).code).toBe('ENTRIES_CLOSED');
  expect((await join(on, sale.saleId, 'ann')).body.ticketId).toBe(tickets.get('ann'));
  const { body } = await on.call('GET', `/api/sales/${sale.saleId}`);
  expect(body).toMatchObject({
    admission: 'draw',
    waitingRoom: { entries: { n: 4, p: 0 }, served: { n: 2, p: 0 }, waiting: { n: 2, p: 0 }, seed: expect.any(String) },
  });
});

test('the seed is not shown while entries are open', async () => {
  const sale = await openRoomSale(on, { startsAt: Date.now() + 60_000 });
  await join(on, sale.saleId, 'ann');
  const { body } = await on.call('GET', `/api/sales/${sale.saleId}`);
  expect(body.waitingRoom).toMatchObject({ seedHash: expect.any(String) });
  expect(body.waitingRoom).not.toHaveProperty('seed');
});

test('a sale without a waiting room has no queue, and an ended one takes no one', async () => {
  const open = await openSale(on);
  expect((await join(on, open.saleId, 'ann')).code).toBe('NOT_FOUND');
  const ended = await openRoomSale(on, { startsAt: Date.now() - 10_000, endsAt: Date.now() - 1_000 });
  expect((await join(on, ended.saleId, 'ann')).code).toBe('SALE_ENDED');
});
