import { useTestServers } from 'dev/test';
import { advance, release } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { openStream, type TestStream } from '../support/open-stream.ts';
import { askForToken, join, openRoomSale, ticketIn } from '../support/rooms.ts';
import { accessToken, buy, type TestSale } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2 });
});
afterAll(() => on?.close());

async function follow(ticketId: string, userId: string, gateway = 0): Promise<TestStream> {
  return openStream(`${on.gateways[gateway]?.url}/api/queue/${ticketId}/live`, await accessToken(on, userId));
}

/** Reads events until the ticket is in this state. */
async function until(stream: TestStream, state: string) {
  for (;;) {
    const event = await stream.next();
    if (event === undefined) throw new Error(`The stream ended before ${state}.`);
    if (event.state === state) return event;
  }
}

/** Ann has the only unit, and Bob waits. */
async function annBeforeBob(): Promise<{ sale: TestSale; reservationId: string; bob: string }> {
  const sale = await openRoomSale(on, { stock: 1 });
  const ann = await join(on, sale.saleId, 'ann');
  await ticketIn(on, ann.body.ticketId, 'ann', 'ADMITTED');
  const { body: token } = await askForToken(on, sale, 'ann');
  expect((await buy(on, { ...token, userId: 'ann' })).status).toBe(202);
  const bob = await join(on, sale.saleId, 'bob');
  return { sale, reservationId: token.reservationId, bob: bob.body.ticketId };
}

test('a page is pushed the present state, and then ADMITTED', async () => {
  const startsAt = Date.now() + 5_000;
  const sale = await openRoomSale(on, { stock: 1, startsAt });
  const { body } = await join(on, sale.saleId, 'ann');
  const stream = await follow(body.ticketId, 'ann', 1);
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  expect(await stream.next()).toMatchObject({ ticketId: body.ticketId, state: 'WAITING' });
  expect(await until(stream, 'ADMITTED')).toMatchObject({ place: 1, claimBy: expect.any(String) });
  stream.close();
});

test('if a unit returns, the next in line is pushed ADMITTED and can buy it', async () => {
  const { sale, reservationId, bob } = await annBeforeBob();
  const stream = await follow(bob, 'bob');
  expect(await stream.next()).toMatchObject({ state: 'WAITING', ahead: 0 });
  await release(on.redis, sale.itemId, 'CANCELLED', [{ reservationId, userId: 'ann', quantity: 1, reservedAt: 1 }]);
  await until(stream, 'ADMITTED');
  const token = await askForToken(on, sale, 'bob');
  // At once: no unit is offered while it is held back.
  expect(await buy(on, { ...token.body, userId: 'bob' })).toMatchObject({ status: 202, body: { status: 'RESERVED' } });
  stream.close();
});

test('a claim of a user who cancelled does not win the unit again', async () => {
  const { sale, reservationId } = await annBeforeBob();
  const token = await askForToken(on, sale, 'ann');
  expect(token.code).toBe('NOT_ADMITTED');
  await release(on.redis, sale.itemId, 'CANCELLED', [{ reservationId, userId: 'ann', quantity: 1, reservedAt: 1 }]);
  expect((await askForToken(on, sale, 'ann')).code).toBe('NOT_ADMITTED');
});

test('once every unit is paid, those who wait are pushed SOLD_OUT, and ADMITTED if a refund returns one', async () => {
  const { sale, reservationId, bob } = await annBeforeBob();
  const stream = await follow(bob, 'bob');
  expect(await stream.next()).toMatchObject({ state: 'WAITING' });
  const move = { reservationId, userId: 'ann', quantity: 1, reservedAt: 1, payBy: 2 };
  await advance(on.redis, sale.itemId, 'PAID', [move]);
  await until(stream, 'SOLD_OUT');
  await release(on.redis, sale.itemId, 'REFUNDED', [move]);
  await until(stream, 'ADMITTED');
  stream.close();
});

test('a user cannot hold more than eight streams', async () => {
  const sale = await openRoomSale(on, { stock: 0 });
  const { body } = await join(on, sale.saleId, 'cid');
  const streams = [];
  for (let i = 0; i < 8; i += 1) streams.push(await follow(body.ticketId, 'cid'));
  expect(streams.map(({ status }) => status)).toEqual(Array(8).fill(200));
  expect((await follow(body.ticketId, 'cid')).status).toBe(429);
  for (const stream of streams) stream.close();
});
