import { calls, readReservations } from 'seckill-core';
import { expect, test } from 'vitest';
import { eraseUser } from '../../src/index.ts';
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

  const { pseudonym, orders, rejections } = await eraseUser(platform, 'ann|1');

  expect({ orders, rejections }).toEqual({ orders: 2, rejections: 1 });
  expect(await platform.prisma.order.count({ where: { userId: 'ann|1' } })).toBe(0);
  expect(await platform.prisma.rejection.count({ where: { userId: 'ann|1' } })).toBe(0);
  const { held } = await readItem(platform.redis, itemId);
  expect(held).toEqual({ ben: 1, [pseudonym]: 1 });
  const owners: string[] = [];
  for await (const portion of readReservations(platform.redis, itemId)) owners.push(...portion.map(({ userId }) => userId));
  expect(owners.sort()).toEqual(['ben', pseudonym, pseudonym, pseudonym].sort());
  // The audit publishes the event of the payment that was written by hand, and moves its reservation.
  await platform.call(calls.repairSale, { saleId: sale.saleId });
  await eventually(async () => (await platform.audit(sale)).holds, 'the audit holds');
  expect(await eraseUser(platform, 'ann|1')).toMatchObject({ orders: 0, rejections: 0 });
});
