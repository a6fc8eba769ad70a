import { isOutage } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { beforeEach, expect, test } from 'vitest';
import { correctCounts } from '../../src/audit/checks/counts/correct-counts.ts';
import { correctReservations } from '../../src/audit/checks/reservations/correct-reservations.ts';
import { correctSold } from '../../src/audit/checks/sold/correct-sold.ts';
import { recountStatistics } from '../../src/audit/checks/statistics/recount-statistics.ts';
import { openAudit } from '../../src/audit/evidence/audit-context.ts';
import { cancelOrders } from '../../src/index.ts';
import { retryOnConflict } from '../../src/servers/retry-on-conflict.ts';
import { eventually, itemIdOf, type Platform, patientTransaction, usePlatform, users } from '../support/platform.ts';
import { waitingForLocks } from '../support/waiting-for-locks.ts';
import { aSaleAtRest, statisticsSay } from './books.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

const contextOf = async (saleId: string) => {
  const [worker] = platform.workers;
  if (worker === undefined) throw new Error('No worker is running.');
  return openAudit(worker.context, saleId);
};

const aTransactionWaits = async () => (await waitingForLocks(platform.prisma)) > 0;

test('a reservation that is corrected while its order is cancelled ends as cancelled, and its unit returns once', {
  timeout: 60_000,
}, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 1);
  const [id = ''] = ids;
  const { reservations, item, buyers } = itemKeys(itemIdOf(sale));
  await platform.redis.hset(reservations, id, String(await platform.redis.hget(reservations, id)).replace('O|', 'C|'));
  await platform.redis.hset(item, 'live', 0);
  await platform.redis.del(buyers);

  const context = await contextOf(sale.saleId);
  let cancelling: Promise<unknown> | undefined;
  let cancelled = false;
  // A cancel runs between the read and the write, and has all the time it needs.
  const redis = new Proxy(platform.redis, {
    get: (target, name) => {
      if (name !== 'hmget') return Reflect.get(target, name);
      return async (key: string, ...fields: string[]) => {
        const records = await target.hmget(key, ...fields);
        cancelling = cancelOrders(context, ids, 'buyer').then(() => {
          cancelled = true;
        });
        await eventually(async () => cancelled || (await aTransactionWaits()), 'the cancel is committed, or waits');
        return records;
      };
    },
  });
  await correctReservations({ ...context, redis }, ids);
  await cancelling;
  expect(await platform.order(id)).toMatchObject({ status: 'CANCELLED' });
  expect(await platform.statusInRedis(id)).toBe('CANCELLED');
  expect(await platform.left(sale)).toBe(50);
  expect(await platform.redis.hgetall(buyers)).toEqual({});
});

test('a sold column that is corrected while an order is cancelled counts without that order', { timeout: 60_000 }, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 3);
  const itemId = itemIdOf(sale);
  await platform.prisma.item.update({ where: { id: itemId }, data: { sold: 9 } });
  const correcting = await platform.prisma.$transaction(async (tx) => {
    await tx.order.update({ where: { id: ids[0] ?? '' }, data: { status: 'CANCELLED', reason: 'buyer', settledAt: new Date() } });
    await tx.item.update({ where: { id: itemId }, data: { sold: { decrement: 1 } } });
    const correction = correctSold(platform.prisma, itemId);
    await eventually(aTransactionWaits, 'the correction waits');
    return { correction };
  }, patientTransaction);
  expect(await correcting.correction).toEqual([itemId]);
  expect(await platform.prisma.item.findUniqueOrThrow({ where: { id: itemId } })).toMatchObject({ sold: 2 });
});

test('a sold column and statistics that are recounted while orders are made and cancelled are right in the end', {
  timeout: 180_000,
}, async () => {
  const sale = await platform.openSale({ stock: 2_000 });
  const context = await contextOf(sale.saleId);
  let moving = true;
  let rounds = 0;
  const counting = (async () => {
    while (moving) {
      const itemId = itemIdOf(sale);
      const round = Promise.all([
        correctSold(platform.prisma, itemId),
        correctCounts(platform.prisma, itemId),
        recountStatistics(context),
      ]);
      // If PostgreSQL has not answered in time, the repair is asked for again.
      const done = await round.then(
        () => true,
        (error: unknown) => {
          if (!isOutage(error)) throw error;
          return false;
        },
      );
      if (done) rounds += 1;
    }
  })();
  const cancelling: Promise<unknown>[] = [];
  for (let wave = 0; wave < 30; wave += 1) {
    const wins = await platform.win(sale, users(20, `wave${wave}`));
    const ids = wins.map((win) => win.reservationId);
    await eventually(async () => (await platform.prisma.order.count({ where: { id: { in: ids } } })) === 20, 'orders');
    cancelling.push(cancelOrders(context, ids.slice(0, 10), 'buyer'));
    if (wave % 5 === 0) {
      await platform.prisma.item.update({ where: { id: itemIdOf(sale) }, data: { sold: 1_000 } });
      await platform.prisma.saleStatistics.updateMany({ where: { saleId: sale.saleId }, data: { created: 1_000n } });
      // It locks the parts of the count in any order, so PostgreSQL may end it in favour of a worker.
      await retryOnConflict(() =>
        platform.prisma.orderCount.updateMany({ where: { itemId: itemIdOf(sale) }, data: { orders: 1_000n } }),
      );
    }
  }
  await Promise.all(cancelling);
  await eventually(async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 600, 'all orders');
  // A round that began after the last wrong count.
  const last = rounds;
  await eventually(() => rounds >= last + 2, 'another round');
  moving = false;
  await counting;
  await correctSold(platform.prisma, itemIdOf(sale));
  await correctCounts(platform.prisma, itemIdOf(sale));
  await statisticsSay(platform, sale, { created: 600, cancelled: 300 });
  await platform.expectAuditHolds(sale);
  expect(await recountStatistics(context)).toEqual([]);
});
