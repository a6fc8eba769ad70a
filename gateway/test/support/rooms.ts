import { hash } from 'node:crypto';
import { waitUntil } from 'dev';
import { beginRoomRebuild, newId, openRoom, type RoomEvent, readRunId, roomEvent, type SaleWithRoom } from 'seckill-core';
import type { TestGateways } from './gateways.ts';
import { accessToken, openSale, type SaleOptions, type TestSale } from './sales.ts';

const SEED = '5eed'.repeat(16);

export type RoomOptions = SaleOptions & { room?: Partial<SaleWithRoom['waitingRoom']> };

/** Opens a sale with a waiting room, as a worker does. Its start, by default a second ago, is the end of the entries. */
export async function openRoomSale(test: TestGateways, { room, ...options }: RoomOptions = {}): Promise<TestSale> {
  const startsAt = options.startsAt ?? Date.now() - 1_000;
  const opened = await openSale(test, {
    admission: 'queue',
    startsAt,
    ...options,
    waitingRoom: {
      seedHash: hash('sha256', SEED),
      claimSeconds: 60,
      staleSeconds: 30,
      missedTurn: 'end',
      priorityWeight: 3,
      entriesUntil: startsAt,
      ...room,
    },
  });
  await openEmptyRoom(test, opened.saleId);
  return opened;
}

export async function openEmptyRoom({ redis }: TestGateways, saleId: string): Promise<void> {
  const mark = newId();
  const runId = await readRunId(redis);
  await beginRoomRebuild(redis, saleId, mark);
  const none = { n: 0, p: 0 };
  await openRoom(redis, saleId, { mark, runId, seed: SEED, joined: none, served: none });
}

/** Joins a user's room until the answer is not "try again later". */
export async function join(test: TestGateways, saleId: string, userId: string, on = 0) {
  const headers = await accessToken(test, userId);
  return test.callWhenAwake('POST', `/api/sales/${saleId}/queue`, { headers, on });
}

export async function readTicket(test: TestGateways, ticketId: string, userId: string, on = 0) {
  return test.callWhenAwake('GET', `/api/queue/${ticketId}`, { headers: await accessToken(test, userId), on });
}

export async function askForToken(test: TestGateways, { saleId, itemId }: TestSale, userId: string, on = 0) {
  const headers = await accessToken(test, userId);
  return test.callWhenAwake('POST', `/api/sales/${saleId}/items/${itemId}/purchase-token`, { headers, on });
}

/** Waits until a user's ticket is in one of these states, and returns it. */
export async function ticketIn(test: TestGateways, ticketId: string, userId: string, ...states: string[]) {
  let last: Awaited<ReturnType<typeof readTicket>> | undefined;
  const isThere = async () => {
    last = await readTicket(test, ticketId, userId);
    return states.includes(last.body?.state);
  };
  if (!(await waitUntil(isThere, 20_000))) throw new Error(`The ticket is not ${states.join(' or ')}: ${last?.text}`);
  return last?.body;
}

/** Collects the messages of a sale's room from now on. */
export function watchRoom({ nats }: TestGateways, saleId: string): RoomEvent[] {
  const events: RoomEvent[] = [];
  nats.subscribe(roomEvent.subject({ saleId }), { callback: (_, message) => void events.push(roomEvent.decode(message.data)) });
  return events;
}
