import { useTestServers } from 'dev/test';
import {
  beginRoomRebuild,
  expireRoom,
  joinRoom,
  newId,
  type RoomEvent,
  readRoom,
  readRunId,
  readSale,
  roomUnknown,
  type SaleWithRoom,
  TicketIds,
} from 'seckill-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Joins } from '../../src/waiting-room/joins.ts';
import type { RoomJournal } from '../../src/waiting-room/room-journal.ts';
import { startGateways, type TestGateways } from '../support/gateways.ts';
import { askForToken, join, openEmptyRoom, openRoomSale, readTicket, ticketIn, watchRoom } from '../support/rooms.ts';
import { accessToken, changeSale, openItems, readSalesAgain } from '../support/sales.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl });
});
afterAll(() => on?.close());

const settingsOf = async (saleId: string) => (await readSale(on.redis, saleId)) as SaleWithRoom;

test('a gateway that dies between Redis and the stream loses no place: the user asks again and gets the same', async () => {
  const { saleId } = await openRoomSale(on, { stock: 0 });
  const runId = await readRunId(on.redis);
  const requests = ['ann', 'bob'].map((userId) => ({ userId, lane: 'n' as const, entryId: 'abcdefghijkl' }));
  await joinRoom(on.redis, await settingsOf(saleId), { runId, progressSeen: 0 }, requests);
  const events = watchRoom(on, saleId);
  await on.nats.flush();
  const { body } = await join(on, saleId, 'bob');
  expect(body.place).toBe(2);
  await expect.poll(() => events.flatMap(({ joined = [] }) => joined)).toEqual([['bob', 'n', 2, '']]);
});

test('if Redis loses a room, no one gets a place or a turn until it is rebuilt', async () => {
  const sale = await openRoomSale(on, { stock: 1 });
  const { saleId } = sale;
  const { body } = await join(on, saleId, 'ann');
  await ticketIn(on, body.ticketId, 'ann', 'ADMITTED');
  const asked: string[] = [];
  const subscription = on.nats.subscribe(roomUnknown.subject({}), {
    callback: (_, message) => void asked.push(roomUnknown.decode(message.data).saleId),
  });
  await on.nats.flush();
  const settings = await settingsOf(saleId);
  await on.redis.flushdb();
  const headers = { headers: await accessToken(on, 'ann') };
  await expect.poll(() => asked, { timeout: 20_000 }).toContain(saleId);
  expect((await on.call('POST', `/api/sales/${saleId}/queue`, headers)).code).toBe('UNAVAILABLE');
  expect((await on.call('GET', `/api/queue/${body.ticketId}`, headers)).code).toBe('UNAVAILABLE');
  expect((await askForToken(on, sale, 'ann')).code).toBe('UNAVAILABLE');
  subscription.unsubscribe();

  // As a worker does, but without anyone in the stream.
  await openItems(on.redis, settings);
  await openEmptyRoom(on, saleId);
  await expect.poll(async () => (await join(on, saleId, 'bob')).status, { timeout: 20_000 }).toBe(201);
});

test('a ticket whose message came too late for a rebuild is not answered', async () => {
  const { saleId } = await openRoomSale(on, { stock: 0 });
  const [gateway] = on.gateways;
  if (gateway === undefined) throw new Error('There is no gateway.');
  const { redis, waitingRooms } = gateway.parts;
  const { rooms } = waitingRooms;
  const written: RoomEvent[] = [];
  const journal = {
    isUp: true,
    // The rebuild begins after the script, and its marker is in the stream before this message.
    write: async (event: RoomEvent) => {
      if (written.push(event) === 1) {
        await beginRoomRebuild(on.redis, saleId, newId());
        await openEmptyRoom(on, saleId);
      }
      return true;
    },
  } as unknown as RoomJournal;
  const joins = new Joins({ redis, rooms, journal, ticketIds: new TicketIds('a-secret') });
  const room = rooms.of(await settingsOf(saleId));
  await expect(joins.join(room, 'ann', false)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect((await readRoom(on.redis, saleId)).joined.n).toBe(0);
  expect(await joins.join(room, 'ann', false)).toMatchObject({ lane: 'n', number: 1 });
  expect(written.map(({ epoch }) => epoch)).toEqual([expect.any(Number), (await readRoom(on.redis, saleId)).epoch]);
  expect(written[0]?.epoch).toBeLessThan(written[1]?.epoch ?? 0);
});

test('a ticket of a sale that is over is ENDED, also once its room is gone', async () => {
  const { sale, saleId } = await openRoomSale(on, { stock: 1 });
  const { body } = await join(on, saleId, 'ann');
  await changeSale(on.redis, sale, { status: 'CLOSED' });
  await expireRoom(on.redis, saleId, 0);
  const gateway = await on.add();
  await readSalesAgain(gateway);
  const read = await readTicket(on, body.ticketId, 'ann', on.gateways.indexOf(gateway));
  expect(read.body).toMatchObject({ ticketId: body.ticketId, state: 'ENDED' });
});

test('only a ticket whose turn has come is looked up in Redis', async () => {
  const { saleId } = await openRoomSale(on, { stock: 1 });
  const ann = await join(on, saleId, 'ann');
  const bob = await join(on, saleId, 'bob');
  await ticketIn(on, ann.body.ticketId, 'ann', 'ADMITTED');
  const [gateway] = on.gateways;
  if (gateway === undefined) throw new Error('There is no gateway.');
  const find = vi.spyOn(gateway.parts.waitingRooms.claims, 'find');
  expect((await readTicket(on, bob.body.ticketId, 'bob')).body).toMatchObject({ state: 'WAITING', place: 2 });
  expect(find).not.toHaveBeenCalled();
  await readTicket(on, ann.body.ticketId, 'ann');
  expect(find).toHaveBeenCalled();
  find.mockRestore();
});
