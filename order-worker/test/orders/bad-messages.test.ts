import { newReservationId, send, stockReserved, winnersOf } from 'seckill-core';
import { expect, test } from 'vitest';
import { eventually, itemIdOf, usePlatform, users } from '../support/platform.ts';

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

test('a message of 200 winners, of which two cannot have an order: those two are dead letters, and the others get their orders', async () => {
  const { platform } = on;
  await platform.startWorker();
  const sale = await platform.openSale({ stock: 200 });
  const other = await platform.openSale();
  const before = (await platform.deadLetters()).length;
  const message = winnersOf(users(200).map((user) => platform.forged(sale, user)));
  const [foreign, negative] = message.winners.slice(100);
  if (foreign === undefined || negative === undefined) throw new Error('There are not enough winners.');
  foreign.reservationId = newReservationId(itemIdOf(other));
  negative.quantity = -1;
  await send(platform.publisher, stockReserved, message);

  await eventually(
    async () => (await platform.prisma.order.count({ where: { saleId: sale.saleId } })) === 198,
    'an order for each of the others',
  );
  await eventually(async () => (await platform.deadLetters()).length === before + 2, 'two dead letters');
  const letters = (await platform.deadLetters()).slice(before);
  expect(letters.map(({ messageId }) => messageId).toSorted()).toEqual(
    [foreign.reservationId, negative.reservationId].toSorted(),
  );
  expect(letters.map(({ data }) => JSON.parse(Buffer.from(data, 'base64').toString()).winners)).toEqual(
    expect.arrayContaining([[foreign], [negative]]),
  );
  await platform.comesToRest();
});
