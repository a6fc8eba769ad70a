import { once } from 'node:events';
import { connect } from 'node:net';
import { useTestServers } from 'dev/test';
import {
  advance,
  broadcast,
  itemIdOf,
  listen,
  openPages,
  openPagesWanted,
  pageOf,
  type ReservationStatus,
  readPages,
  reservationChanged,
} from 'seckill-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { openStream, type TestStream } from '../support/open-stream.ts';
import { accessToken, buy, openSale, type Ticket, ticketFor } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;
let opened: TestStream[] = [];

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2 });
});
afterEach(() => {
  for (const stream of opened) stream.close();
  opened = [];
});
afterAll(() => on?.close());

const payBy = Date.now() + 60_000;

async function won(userId: string): Promise<Ticket> {
  const { itemId } = await openSale(on);
  const ticket = ticketFor(on, itemId, userId);
  expect((await buy(on, ticket)).status).toBe(202);
  return ticket;
}

async function streamOf({ reservationId, userId }: Ticket, gateway = 0): Promise<TestStream> {
  const url = `${on.gateways[gateway]?.url}/api/reservations/${reservationId}/live`;
  for (;;) {
    const stream = await openStream(url, await accessToken(on, userId));
    opened.push(stream);
    // On 503 Redis has stalled, and there is no worker to ask instead.
    if (stream.status !== 503) return stream;
  }
}

/** As a worker does after it has moved the order. */
function push({ reservationId, userId }: Ticket, status: ReservationStatus): void {
  const change = { reservationId, status, quantity: 1, amountCents: 1_250, currency: 'EUR', payBy };
  broadcast(on.nats, reservationChanged.to(userId), change);
}

async function metric(name: string): Promise<number> {
  const { text } = await on.call('GET', '/metrics');
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

test('the state comes at once, then each change, and the stream ends at a final state', async () => {
  const ticket = await won('ada');
  const stream = await streamOf(ticket);
  expect(stream.headers.get('content-type')).toContain('text/event-stream');
  expect(stream.headers.get('cache-control')).toBe('no-store');
  expect(await stream.next()).toEqual({ reservationId: ticket.reservationId, status: 'RESERVED' });
  push(ticket, 'ORDERED');
  const order = { orderId: ticket.reservationId, amountCents: 1_250, currency: 'EUR', payBy: new Date(payBy).toISOString() };
  expect(await stream.next()).toEqual({ reservationId: ticket.reservationId, status: 'ORDERED', order });
  push(ticket, 'PAID');
  expect(await stream.next()).toMatchObject({ status: 'PAID' });
  expect(await stream.next()).toBeUndefined();
});

/** Counts how often a page is announced from now on. */
function announcementsOf(userId: string): { count: number; stop: () => void } {
  const subscription = listen(on.nats, openPages, (message) =>
    readPages(message, (page) => {
      if (page === pageOf(userId)) counted.count += 1;
    }),
  );
  const counted = { count: 0, stop: () => subscription.unsubscribe() };
  return counted;
}

test('workers learn of a page before it shows its first state', async () => {
  const ticket = await won('yan');
  const announced = announcementsOf('yan');
  await on.nats.flush();
  await (await streamOf(ticket)).next();
  // The announcement arrives before the server's answer to this.
  await on.nats.flush();
  expect(announced.count).toBe(1);
  announced.stop();
});

test('workers that ask learn of all open pages at once, and many that ask at the same time get one answer', async () => {
  const ticket = await won('walt');
  await (await streamOf(ticket)).next();
  const announced = announcementsOf('walt');
  const since = performance.now();
  for (const answers of [1, 2]) {
    for (let worker = 0; worker < 50; worker += 1) broadcast(on.nats, openPagesWanted, {});
    await expect.poll(() => announced.count, { timeout: 10_000 }).toBeGreaterThanOrEqual(answers);
  }
  // Without being asked a gateway announces its pages every 5 s, which may happen once in this time.
  expect(performance.now() - since).toBeLessThan(4_500);
  expect(announced.count).toBeLessThanOrEqual(3);
  announced.stop();
});

test('a change that no worker pushed is in the stream soon, because the page may have opened too late for it', async () => {
  const ticket = await won('xenia');
  const stream = await streamOf(ticket);
  expect(await stream.next()).toMatchObject({ status: 'RESERVED' });
  const since = performance.now();
  await advance(on.redis, itemIdOf(ticket.reservationId), 'ORDERED', [{ ...ticket, quantity: 1, reservedAt: Date.now(), payBy }]);
  expect(await stream.next()).toMatchObject({ status: 'ORDERED' });
  expect(performance.now() - since).toBeLessThan(5_000);
});

test('a silent stream is kept alive, so that no proxy closes it; it is announced and read again and again', async () => {
  const ticket = await won('zoe');
  const { reservationId, userId } = ticket;
  const announced = announcementsOf(userId);
  const abort = new AbortController();
  const { body } = await fetch(`${on.gateways[0]?.url}/api/reservations/${reservationId}/live`, {
    headers: await accessToken(on, userId),
    signal: abort.signal,
  });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes(': keep-alive\n\n')) text += (await reader?.read())?.value ?? '';
  expect(text).toMatch(/^retry: 2000\n\nid: RESERVED\nevent: reservation\ndata: .+\n\n: keep-alive\n\n$/);
  expect(announced.count).toBeGreaterThanOrEqual(3);
  await advance(on.redis, itemIdOf(reservationId), 'ORDERED', [{ ...ticket, quantity: 1, reservedAt: Date.now(), payBy }]);
  while (!text.includes('"status":"ORDERED"')) text += (await reader?.read())?.value ?? '';
  abort.abort();
  announced.stop();
});

test('a change reaches the streams of every gateway', async () => {
  const ticket = await won('bob');
  const streams = await Promise.all([streamOf(ticket, 0), streamOf(ticket, 1)]);
  for (const stream of streams) expect(await stream.next()).toMatchObject({ status: 'RESERVED' });
  push(ticket, 'CANCELLED');
  for (const stream of streams) expect(await stream.next()).toMatchObject({ status: 'CANCELLED' });
});

test('late and repeated changes are not passed on', async () => {
  const ticket = await won('carol');
  const stream = await streamOf(ticket);
  await stream.next();
  for (const status of ['ORDERED', 'ORDERED', 'RESERVED', 'REJECTED', 'PAID'] as const) push(ticket, status);
  expect(await stream.next()).toMatchObject({ status: 'ORDERED' });
  expect(await stream.next()).toMatchObject({ status: 'PAID' });
});

test('a reopened stream begins with the current state', async () => {
  const ticket = await won('dora');
  const first = await streamOf(ticket);
  await first.next();
  first.close();
  await advance(on.redis, itemIdOf(ticket.reservationId), 'ORDERED', [{ ...ticket, quantity: 1, reservedAt: Date.now(), payBy }]);
  expect(await (await streamOf(ticket)).next()).toMatchObject({ status: 'ORDERED' });
});

test('changes of another reservation of the same buyer are not in the stream', async () => {
  const [ticket, other] = [await won('eve'), await won('eve')];
  const stream = await streamOf(ticket);
  await stream.next();
  push(other, 'PAID');
  push(ticket, 'ORDERED');
  expect(await stream.next()).toMatchObject({ reservationId: ticket.reservationId, status: 'ORDERED' });
  stream.close();
});

test('only its buyer may follow a reservation, and only signed in', async () => {
  const ticket = await won('frank');
  const url = `${on.gateways[0]?.url}/api/reservations/${ticket.reservationId}/live`;
  expect((await streamOf({ ...ticket, userId: 'mallory' })).status).toBe(404);
  expect((await openStream(url, {})).status).toBe(401);
});

test('one buyer may open only a few streams at a time; closed ones make room', async () => {
  const ticket = await won('gina');
  const streams = [];
  for (let i = 0; i < 8; i++) streams.push(await streamOf(ticket));
  expect((await streamOf(ticket)).status).toBe(429);
  for (const stream of streams) stream.close();
  await expect.poll(async () => (await streamOf(ticket)).status).toBe(200);
});

test('open streams are counted until their page closes', async () => {
  await expect.poll(() => metric('seckill_gateway_open_streams')).toBe(0);
  const stream = await streamOf(await won('hal'));
  await stream.next();
  expect(await metric('seckill_gateway_open_streams')).toBe(1);
  stream.close();
  await expect.poll(() => metric('seckill_gateway_open_streams')).toBe(0);
});

test('a gateway that closes ends its streams instead of waiting for them', async () => {
  const leaving = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
  const { reservationId, userId } = await won('ivan');
  const url = `${leaving.gateways[0]?.url}/api/reservations/${reservationId}/live`;
  const stream = await openStream(url, await accessToken(leaving, userId));
  await stream.next();
  await leaving.close();
  expect(await stream.next()).toBeUndefined();
});

test('a gateway that closes does not wait for connections that were never used', async () => {
  const leaving = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
  const socket = connect(Number(new URL(leaving.gateways[0]?.url ?? '').port), '127.0.0.1');
  await once(socket, 'connect');
  // Once the server has answered another request, it has accepted this connection.
  await leaving.call('GET', '/healthz');
  const closed = once(socket, 'close');
  await leaving.close();
  await closed;
  // Node waits 60 s for a first request.
}, 50_000);
