import { useTestServers } from 'dev/test';
import { newId, type PublishedDraw, type SaleWithRoom, shuffleKeyOf, shufflePlaces } from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { join, openRoomSale, readTicket } from '../support/rooms.ts';
import { changeSale, openSale, readSalesAgain } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;
beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

const SEED = '5eed'.repeat(16);
const NAMES = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay', 'gus'];
const readDraw = (saleId: string) => on.call('GET', `/api/sales/${saleId}/draw`);

test('once entries are shuffled, anyone can read the seed and the entries, and compute every place from them', async () => {
  const { saleId, sale } = await openRoomSale(on, { startsAt: Date.now() + 3_600_000, stock: 2 });
  const tickets = new Map<string, { ticketId: string; entryId: string }>();
  for (const name of NAMES) tickets.set(name, (await join(on, saleId, name)).body);
  const before = await readDraw(saleId);
  expect(before).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  const seen = [before, await on.call('GET', `/api/sales/${saleId}`), await on.call('GET', '/api/sales')];
  expect(seen.map(({ text }) => text).join()).not.toContain(SEED);

  const startsAt = Date.now() - 1_000;
  const { waitingRoom } = sale as SaleWithRoom;
  await changeSale(on.redis, sale, { startsAt, waitingRoom: { ...waitingRoom, entriesUntil: startsAt } });
  await Promise.all(on.gateways.map(readSalesAgain));
  await expect.poll(async () => (await readDraw(saleId)).status, { timeout: 20_000 }).toBe(200);

  const { body, headers } = await readDraw(saleId);
  const { seedHash, seed, lanes } = body as PublishedDraw;
  expect(headers.get('cache-control')).toBe('public, max-age=5');
  expect({ seedHash, seed }).toEqual({ seedHash: waitingRoom.seedHash, seed: SEED });
  expect(lanes.p).toEqual({ count: 0, entries: '', key: '', served: 0 });
  const entries = NAMES.map((name) => tickets.get(name)?.entryId ?? '');
  expect(lanes.n).toMatchObject({ count: NAMES.length, entries: entries.join('') });
  expect(lanes.n.key).toBe(await shuffleKeyOf(SEED, 'n', entries.join('')));
  const places = await shufflePlaces(lanes.n.key, NAMES.length);
  for (const [i, name] of NAMES.entries()) {
    const placeOf = async () => (await readTicket(on, tickets.get(name)?.ticketId ?? '', name)).body.place;
    await expect.poll(placeOf, { timeout: 20_000, message: name }).toBe(places[i]);
  }
});

test('a sale without a room, and one that is not there, have no draw', async () => {
  const { saleId } = await openSale(on);
  expect(await readDraw(saleId)).toMatchObject({ status: 404, body: { detail: 'This sale has neither a queue nor a draw.' } });
  expect((await readDraw(newId())).code).toBe('NOT_FOUND');
});

test('a draw whose room Redis has lost is not answered', async () => {
  const { saleId } = await openRoomSale(on);
  await on.redis.del(roomKeys(saleId).room);
  expect(await readDraw(saleId)).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
});
