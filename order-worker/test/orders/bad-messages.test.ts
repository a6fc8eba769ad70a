import { newReservationId, stockReserved } from 'seckill-core';
import { expect, test } from 'vitest';
import { eventually, itemIdOf, usePlatform } from '../support/platform.ts';

const on = usePlatform();

test('messages that cannot be handled go to the dead letters with their reason, and the stream goes on', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale();
  const other = await platform.openSale();
  const subject = stockReserved.subject(platform.forged(sale, 'x'));
  const publish = (data: string, id: string) => platform.publisher.publish(subject, data, id);
  const good = platform.forged(sale, 'good');
  const unknownItem = { ...good, itemId: 'ffffff', reservationId: newReservationId('ffffff') };
  const foreignSale = { ...good, saleId: other.saleId, reservationId: newReservationId(itemIdOf(sale)) };
  const foreignId = { ...good, reservationId: newReservationId(itemIdOf(other)) };

  await publish('this is not JSON', 'not-json');
  await publish(JSON.stringify({ ...good, quantity: -1 }), 'negative');
  await publish(JSON.stringify(unknownItem), 'unknown-item');
  await publish(JSON.stringify(foreignSale), 'foreign-sale');
  await publish(JSON.stringify(foreignId), 'foreign-id');
  await platform.publish([good]);

  await eventually(async () => (await platform.order(good.reservationId)) !== null, 'the order of the good message');
  await eventually(async () => (await platform.deadLetters()).length === 5, 'five dead letters');
  const reasons = (await platform.deadLetters()).map(({ reason }) => reason).join('\n');
  expect(reasons).toContain('not JSON');
  expect(reasons).toContain('/quantity');
  expect(reasons).toContain('has no item ffffff');
  expect(reasons).toContain(`${foreignSale.reservationId}: sale ${other.saleId} has no item ${itemIdOf(sale)}.`);
  expect(reasons).toContain(`${foreignId.reservationId}: sale ${sale.saleId} has no item ${itemIdOf(sale)}.`);
  expect(await platform.prisma.order.count()).toBe(1);
});
