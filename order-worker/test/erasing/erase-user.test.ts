import { calls, newId, readReservations } from 'seckill-core';
import { expect, test } from 'vitest';
import { eraseUser } from '../../src/index.ts';
import { issueCoupons } from '../../src/services/coupons/coupon-book.ts';
import { awardPoints, readPoints } from '../../src/services/points/points-ledger.ts';
import { readItem } from '../support/item-in-redis.ts';
import { eventually, itemIdOf, usePlatform } from '../support/platform.ts';

const on = usePlatform();

test('a user is erased from PostgreSQL and Redis, and the audit still holds', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 10, limitPerUser: 2 });
  const itemId = itemIdOf(sale);
  const wins = await platform.win(sale, ['ann|1', 'ben', 'ann|1']);
  await platform.publish([platform.forged(sale, 'ann|1', { quantity: 3 })]);
  await platform.comesToRest();
  const [first] = wins;
  const refused = eraseUser(platform, 'ann|1');
  await expect(refused).rejects.toThrow('2 orders of this user wait for their payment');

  await platform.call(calls.cancelOrder, { userId: 'ann|1', orderId: first?.reservationId ?? '' });
  // Paid, with its payment, as the provider's report would leave it.
  const orderId = wins[2]?.reservationId ?? '';
  const { paymentId } = await platform.call(calls.startPayment, { userId: 'ann|1', orderId });
  await platform.prisma.payment.update({ where: { id: paymentId }, data: { status: 'SUCCEEDED', receivedAt: new Date() } });
  await platform.prisma.order.update({ where: { id: orderId }, data: { status: 'PAID', settledAt: new Date(), version: 1 } });
  await platform.prisma.rejection.findFirstOrThrow({ where: { userId: 'ann|1' } });
  await platform.comesToRest();

  const job = { kind: 'audit', saleId: sale.saleId };
  const ended = { ...job, state: 'DONE' as const, finishedAt: new Date() };
  const names = { ...ended, id: newId(), result: { findings: [{ says: 'User ann|1 holds 3 units.' }] } };
  const others = { ...ended, id: newId(), result: { findings: [{ says: 'User ann holds 3 units.' }] } };
  const reads = { ...job, id: newId(), state: 'RUNNING' as const, starts: 1, lease: newId(), leaseUntil: new Date(2 ** 42) };
  await platform.prisma.job.createMany({ data: [names, others, { ...reads, saleId: newId() }] });

  await awardPoints(platform.prisma, [{ key: `${orderId}:points`, userId: 'ann|1', points: 7 }]);
  await issueCoupons(platform.prisma, [{ key: `${orderId}:coupon`, userId: 'ann|1', template: 'thanks' }]);

  const { pseudonym, orders, rejections } = await eraseUser(platform, 'ann|1');

  expect(await readPoints(platform.prisma, 'ann|1')).toMatchObject({ balance: 0, entries: [] });
  expect(await readPoints(platform.prisma, pseudonym)).toMatchObject({ balance: 7, entries: [{ points: 7 }] });
  expect(await platform.prisma.coupon.count({ where: { userId: 'ann|1' } })).toBe(0);

  const jobs = await platform.prisma.job.findMany({ where: { id: { in: [names.id, others.id] } } });
  expect(jobs.map(({ id }) => id)).toEqual([others.id]);
  // It may have read the name, so it begins again: a worker may have taken it by now.
  expect(await platform.prisma.job.findUnique({ where: { id: reads.id } })).not.toMatchObject({ lease: reads.lease });

  expect({ orders, rejections }).toEqual({ orders: 2, rejections: 1 });
  expect(await platform.prisma.order.count({ where: { userId: 'ann|1' } })).toBe(0);
  expect(await platform.prisma.rejection.count({ where: { userId: 'ann|1' } })).toBe(0);
  expect(await platform.prisma.orderSearch.count({ where: { userId: 'ann|1' } })).toBe(0);
  expect(await platform.prisma.orderSearch.count({ where: { userId: pseudonym } })).toBe(2);
  const { held } = await readItem(platform.redis, itemId);
  expect(held).toEqual({ ben: 1, [pseudonym]: 1 });
  const owners: string[] = [];
  for await (const portion of readReservations(platform.redis, itemId)) owners.push(...portion.map(({ userId }) => userId));
  expect(owners.sort()).toEqual(['ben', pseudonym, pseudonym, pseudonym].sort());
  // The audit publishes the event of the payment that was written by hand, and moves its reservation.
  await platform.run('repair', sale);
  await eventually(async () => (await platform.audit(sale)).holds, 'the audit holds');
  expect(await eraseUser(platform, 'ann|1')).toMatchObject({ orders: 0, rejections: 0 });
});
