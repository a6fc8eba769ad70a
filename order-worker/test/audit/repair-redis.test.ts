import { itemKeys } from 'seckill-core/stock-layout';
import { beforeEach, expect, test } from 'vitest';
import { eventually, itemIdOf, type Platform, usePlatform } from '../support/platform.ts';
import { aSaleAtRest, everythingOf, findingsOf, repair, statisticsSay } from './books.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

/** Changes a reservation's record and none of the sums. */
async function overwrite(sale: Parameters<typeof itemIdOf>[0], id: string, change: (record: string) => string): Promise<void> {
  const { reservations } = itemKeys(itemIdOf(sale));
  await platform.redis.hset(reservations, id, change((await platform.redis.hget(reservations, id)) ?? ''));
}

test('reservations that are behind, ahead, lost or of other units in Redis: the audit reports them and the repair corrects them, once', {
  timeout: 120_000,
}, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 6, { limitPerUser: 9 });
  const itemId = itemIdOf(sale);
  const { item, reservations, buyers } = itemKeys(itemId);
  const [behind = '', ahead = '', paid = '', missing = '', units = '', untouched = ''] = ids;
  // PostgreSQL has cancelled it, and the worker died before it wrote to Redis.
  await platform.prisma.order.update({
    where: { id: behind },
    data: { status: 'CANCELLED', reason: 'buyer', settledAt: new Date(Date.now() - 60_000) },
  });
  await platform.prisma.item.update({ where: { id: itemId }, data: { sold: { decrement: 1 } } });
  await overwrite(sale, ahead, (record) => record.replace('O|', 'C|'));
  await overwrite(sale, paid, (record) => record.replace('O|', 'P|'));
  await platform.redis.hdel(reservations, missing);
  await platform.redis.hincrby(item, 'live', -1);
  await platform.redis.hincrby(buyers, 'user-3', -1);
  await overwrite(sale, units, (record) => record.replace('|1|', '|4|'));
  const { reservationId: lost } = await platform.winAside(sale, 'lost');

  const before = await everythingOf(platform, sale);
  const findings = await findingsOf(platform, sale);
  expect(await everythingOf(platform, sale)).toEqual(before);
  const said = findings.map(({ says }) => says).join('\n');
  expect(said).toContain(`${behind} is ORDERED in Redis and CANCELLED in PostgreSQL.`);
  expect(said).toContain(`${behind} was cancelled in PostgreSQL, and no event in SECKILL_ORDERS says so.`);
  expect(said).toContain(`${ahead} is CANCELLED in Redis and PENDING_PAYMENT in PostgreSQL.`);
  expect(said).toContain(`${paid} is PAID in Redis and PENDING_PAYMENT in PostgreSQL.`);
  expect(said).toContain(`${missing} is missing in Redis and PENDING_PAYMENT in PostgreSQL.`);
  expect(said).toContain(`${units} is ORDERED of 4 for user-4 in Redis and PENDING_PAYMENT of 1 for user-4 in PostgreSQL.`);
  expect(said).toContain(`${lost} is RESERVED in Redis and PostgreSQL has neither an order nor a rejection; no message`);
  expect(said).not.toContain(untouched);
  expect(findings.filter(({ repair }) => repair === undefined)).toEqual([]);

  const { repairs, after } = await repair(platform, sale);
  expect(repairs.filter(({ failed }) => failed)).toEqual([]);
  expect(after.findings).toEqual([]);
  expect(after).toMatchObject({ holds: true, drift: 0, lost: 0 });
  const states = await Promise.all(ids.map((id) => platform.statusInRedis(id)));
  expect(states).toEqual(['CANCELLED', 'ORDERED', 'ORDERED', 'ORDERED', 'ORDERED', 'ORDERED']);
  expect(await platform.redis.hget(item, 'live')).toBe('6');
  const held = { 'user-1': '1', 'user-2': '1', 'user-3': '1', 'user-4': '1', 'user-5': '1', lost: '1' };
  expect(await platform.redis.hgetall(buyers)).toEqual(held);
  // A win that is in flight again is enough for the audit.
  await eventually(async () => (await platform.statusInRedis(lost)) === 'ORDERED', 'the order of what was lost');
  expect((await platform.order(lost))?.status).toBe('PENDING_PAYMENT');

  await statisticsSay(platform, sale, { created: 7, cancelled: 1 });
  await platform.comesToRest();
  const rest = await everythingOf(platform, sale);
  expect(await repair(platform, sale)).toMatchObject({ before: { holds: true }, repairs: [], after: { holds: true } });
  expect(await everythingOf(platform, sale)).toEqual(rest);
});

test('settings and sums that were overwritten in Redis are corrected from PostgreSQL and the reservations', {
  timeout: 120_000,
}, async () => {
  const { sale } = await aSaleAtRest(platform, 3);
  const { item, buyers } = itemKeys(itemIdOf(sale));
  await platform.redis.hset(item, { stock: 40, state: 'PAUSED', live: 9 });
  await platform.redis.hset(buyers, { 'user-0': 2, stranger: 1 });

  const findings = await findingsOf(platform, sale);
  const said = findings.map(({ says }) => says).join('\n');
  expect(said).toContain('An item: state PAUSED in Redis, OPEN in PostgreSQL, 40 units in Redis, 50 in PostgreSQL.');
  expect(said).toContain(
    'Redis counts 9 held, its reservations hold 3; 2 users are counted with other units than their reservations hold.',
  );

  // Two concurrent repairs do what one does.
  const both = await Promise.all([repair(platform, sale), repair(platform, sale)]);
  expect(both.flatMap(({ repairs }) => repairs.filter(({ failed }) => failed))).toEqual([]);
  await platform.expectAuditHolds(sale);
  expect(await platform.redis.hmget(item, 'stock', 'state', 'live')).toEqual(['50', 'OPEN', '3']);
  expect(await platform.redis.hgetall(buyers)).toEqual({ 'user-0': '1', 'user-1': '1', 'user-2': '1' });
  await eventually(async () => (await platform.win(sale, ['next'])).length === 1, 'the item on sale');
});

test('a repair during a running sale finds only what is wrong, and disturbs no buyer', {
  timeout: 240_000,
}, async () => {
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 3_000, payTimeoutSeconds: 2 });
  const { item } = itemKeys(itemIdOf(sale));
  let selling = true;
  const winners: string[] = [];
  const seller = (async () => {
    // The sums of an item with more than 5 000 reservations are not counted while units move.
    for (let i = 0; selling && winners.length < 4_000; i += 1) {
      const wins = await platform.win(
        sale,
        Array.from({ length: 20 }, (_, k) => `wave${i}-${k}`),
      );
      winners.push(...wins.map((win) => win.reservationId));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  for (let i = 0; i < 3; i += 1) {
    const both = await Promise.all([repair(platform, sale), repair(platform, sale)]);
    expect(both.flatMap(({ before }) => before.findings)).toEqual([]);
    expect(both.flatMap(({ repairs }) => repairs)).toEqual([]);
  }
  await platform.redis.hincrby(item, 'live', 100);
  const { before, after } = await repair(platform, sale);
  selling = false;
  await seller;
  expect(before.findings?.map(({ says }) => says)).toEqual([
    expect.stringMatching(/Redis counts \d+ held, its reservations hold \d+\.$/),
  ]);
  expect(after.findings).toEqual([]);

  const cancelled = () => platform.prisma.order.count({ where: { saleId: sale.saleId, status: 'CANCELLED' } });
  await eventually(async () => (await cancelled()) === winners.length, 'every order made and cancelled', 60_000);
  await eventually(async () => (await platform.left(sale)) === 3_000, 'every unit back in Redis');
  await statisticsSay(platform, sale, { created: winners.length, cancelled: winners.length });
  await platform.expectAuditHolds(sale);
});
