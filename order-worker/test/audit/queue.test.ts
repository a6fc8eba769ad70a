import { jetstreamManager } from '@nats-io/jetstream';
import { readRoom, roomEvent } from 'seckill-core';
import { roomKeys } from 'seckill-core/room-layout';
import { beforeEach, expect, test } from 'vitest';
import { auditSale } from '../../src/index.ts';
import { eventually, itemIdOf, type Platform, usePlatform, users } from '../support/platform.ts';
import { RoomGateway } from '../support/room-gateway.ts';
import { contextOf, findingsOf } from './books.ts';

const on = usePlatform();
let platform: Platform;
beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

const NAME = 'The queue was served in its order, and each place was given once';

async function detailOf(saleId: string): Promise<string | undefined> {
  const { report } = await auditSale(contextOf(platform), saleId);
  return report.checks.find(({ name }) => name === NAME)?.detail;
}

/** Ten users queue before the start, and the first three buy. */
async function aServedQueue() {
  const sale = await platform.openSale({ admission: 'queue', startsInMs: 1_500, stock: 50, waitingRoom: { claimSeconds: 600 } });
  await eventually(async () => (await readRoom(platform.redis, sale.saleId)).runId !== undefined, 'the room open');
  const gateway = await RoomGateway.of(platform, sale.saleId);
  const names = users(10);
  await gateway.join(names);
  await eventually(async () => (await gateway.admit(0))?.entries !== undefined, 'entries closed');
  await gateway.shuffle();
  await gateway.admit(3);
  const placeOf = await gateway.places('n');
  const turns = names.map((userId, i) => ({ userId, lane: 'n' as const, number: i + 1, place: placeOf(i + 1) }));
  const first = turns.filter(({ place }) => place <= 3);
  await gateway.takeUp(first);
  const wins = await platform.win(
    sale,
    first.map(({ userId }) => userId),
  );
  await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 3, 'three orders');
  for (const { userId, reservationId } of wins) await gateway.use(userId, reservationId);
  await platform.comesToRest();
  return { sale, gateway, turns };
}

test('a queue that was served in its order holds; an order without a turn is found by its id', async () => {
  const { sale, turns } = await aServedQueue();
  await platform.expectAuditHolds(sale);
  expect(await detailOf(sale.saleId)).toBe('10 tickets, 3 turns, 3 taken up');

  const jumper = turns.find(({ place }) => place === 7)?.userId ?? '';
  const [win] = await platform.win(sale, [jumper]);
  await eventually(async () => (await platform.order(win?.reservationId ?? '')) !== null, 'their order');
  await platform.comesToRest();
  const findings = await findingsOf(platform, sale);
  expect(findings).toEqual([
    expect.objectContaining({
      check: NAME,
      says: expect.stringMatching(`^Order ${win?.reservationId} was won at .* by user ${jumper}, who never took up a turn.$`),
    }),
  ]);
});

test('Redis that has fewer tickets than the stream is found, and a stream without its beginning is not checked', async () => {
  const { sale } = await aServedQueue();
  await platform.redis.hset(roomKeys(sale.saleId).room, 'joined:n', 8);
  expect((await findingsOf(platform, sale)).map(({ says }) => says)).toEqual([
    'Lane n has 8 tickets and 3 turns in Redis, and 10 and 3 in SECKILL_QUEUE.',
  ]);
  const { streams } = await jetstreamManager(platform.nc);
  await streams.purge('SECKILL_QUEUE', { filter: roomEvent.subject(sale), keep: 3 });
  expect(await detailOf(sale.saleId)).toBe('not checked: SECKILL_QUEUE no longer has the first messages of this room');
});

test('a sale without a room is not asked about its queue', async () => {
  const sale = await platform.openSale();
  expect(itemIdOf(sale)).toBeDefined();
  expect(await detailOf(sale.saleId)).toBeUndefined();
});
