import { newId, stockReserved, winnersOf } from 'seckill-core';
import { itemKeys } from 'seckill-core/stock-layout';
import { beforeEach, expect, test } from 'vitest';
import { eventually, itemIdOf, type Platform, usePlatform } from '../support/platform.ts';
import { aSaleAtRest, everythingOf, findingsOf, repair } from './books.ts';

const on = usePlatform();
let platform: Platform;

beforeEach(async () => {
  ({ platform } = on);
  await platform.startWorker();
});

test('a fault without one right answer is reported with what a person can do, and left alone', { timeout: 120_000 }, async () => {
  const { sale, ids } = await aSaleAtRest(platform, 5, { stock: 10 });
  const [oversold = '', unpaid = '', deleted = '', early = '', price = ''] = ids;
  // One order that holds more than the stock: which buyer goes without?
  await platform.prisma.order.update({ where: { id: oversold }, data: { quantity: 9, amountCents: 9_000n } });
  await platform.redis.hset(itemKeys(itemIdOf(sale)).reservations, oversold, 'O|user-0|9|1|1');
  await platform.prisma.order.update({
    where: { id: unpaid },
    data: { status: 'PAID', settledAt: new Date(Date.now() - 60_000) },
  });
  await platform.prisma.order.delete({ where: { id: deleted } });
  await platform.prisma.order.update({
    where: { id: early },
    data: { status: 'CANCELLED', reason: 'unpaid', settledAt: new Date(Date.now() - 60_000) },
  });
  await platform.prisma.order.update({ where: { id: price }, data: { amountCents: 1n } });
  const dead = await platform.winAside(sale, 'dead');
  await platform.publisher.publish(
    stockReserved.subject(dead),
    stockReserved.encode(winnersOf([{ ...dead, saleId: newId() }])),
    dead.reservationId,
  );
  await eventually(async () => (await platform.deadLetters()).length === 1, 'a dead letter');
  // Until the consumer has finished with the message, the win counts as in flight.
  await platform.comesToRest();

  const byPerson = (await findingsOf(platform, sale)).filter(({ repair }) => repair === undefined);
  const said = byPerson.map(({ says, advice }) => `${says} ${advice}`).join('\n');
  for (const sentence of [
    /has 11 units in live orders, and its stock is 10\. Which buyers go without is your decision/,
    /User user-0 holds 9 units of item \w+, and the limit is 1\. .*cancel an unpaid one/,
    new RegExp(`Order ${early} was cancelled as unpaid at .*, before its payBy, .* A cancel cannot be undone`),
    new RegExp(`Order ${price} costs 0\\.01 EUR, and its quantity times the price of its item is 10\\.00 EUR\\. `),
    new RegExp(`Order ${unpaid} is PAID, and no payment was received for it\\. Ask the provider`),
    new RegExp(`${deleted} is ORDERED in Redis and PostgreSQL has neither .*Bring the newer rows back`),
    new RegExp(`An event says that ${deleted} was created, and PostgreSQL does not know of it\\.`),
    new RegExp(
      `${dead.reservationId} is RESERVED in Redis, and its message could not be handled: it is dead letter 1\\. .*npm run dead-letters`,
    ),
  ]) {
    expect(said).toMatch(sentence);
  }

  const before = await everythingOf(platform, sale);
  const { after } = await repair(platform, sale);
  expect(after.holds).toBe(false);
  expect(after.findings?.filter(({ repair }) => repair === undefined).map(({ says }) => says)).toEqual(
    expect.arrayContaining(byPerson.map(({ says }) => says).filter((says) => !/Item |sums/.test(says))),
  );
  const now = await everythingOf(platform, sale);
  expect(now.orders).toEqual(before.orders);
  expect(now.items).toEqual(before.items);
  expect(await platform.statusInRedis(deleted)).toBe('ORDERED');
  expect(await platform.statusInRedis(dead.reservationId)).toBe('RESERVED');
  expect(await platform.order(dead.reservationId)).toBeNull();
});
