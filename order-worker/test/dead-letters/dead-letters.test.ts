import { jetstreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import {
  type AdminSale,
  deadLetter,
  listen,
  newReservationId,
  paymentReceived,
  reservationChanged,
  STREAMS,
  type StockReserved,
  send,
  stockReserved,
  winnersOf,
} from 'seckill-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  discardDeadLetter,
  findDeadLetter,
  findDeadLetters,
  replayDeadLetter,
  type StoredLetter,
  type Worker,
} from '../../src/index.ts';
import { eventually, itemIdOf, usePlatform, users } from '../support/platform.ts';

const on = usePlatform();
let worker: Worker;
let sale: AdminSale;

beforeEach(async () => {
  worker = await on.platform.startWorker();
  sale = await on.platform.openSale({ stock: 3 });
});

afterEach(async () => {
  const { streams } = await jetstreamManager(on.platform.nc);
  await streams.purge(STREAMS.deadLetters.name);
});

/** Waits for the only dead letter. */
async function theLetter(): Promise<StoredLetter> {
  await eventually(async () => (await findDeadLetters(on.platform.nc)).length === 1, 'one dead letter');
  const [stored] = await findDeadLetters(on.platform.nc);
  if (stored === undefined) throw new Error('The dead letter is gone again.');
  return stored;
}

/** Wins whose one message dies because their item is in another sale in PostgreSQL; `heal` moves it back. */
async function deadWins(userIds: readonly string[]) {
  const { platform } = on;
  const other = await platform.createSale();
  const wins = await Promise.all(userIds.map((userId) => platform.winAside(sale, userId)));
  const move = (saleId: string) =>
    platform.prisma.item.update({
      where: { id: itemIdOf(sale) },
      data: { saleId, position: saleId === sale.saleId ? 0 : 1 },
    });
  await move(other.saleId);
  await send(platform.publisher, stockReserved, winnersOf(wins));
  await eventually(async () => (await findDeadLetters(platform.nc)).length === wins.length, 'a dead letter for each');
  return { wins, heal: () => move(sale.saleId) };
}

async function deadWin(): Promise<{ win: StockReserved; letter: StoredLetter; heal: () => Promise<unknown> }> {
  const {
    wins: [win],
    heal,
  } = await deadWins(['unlucky']);
  if (win === undefined) throw new Error('There is no win.');
  return { win, letter: await theLetter(), heal };
}

/** An id under which JetStream has not stored the win's message yet. */
const anotherWay = ({ reservationId }: StockReserved): string => `${reservationId}:by-another-way`;

/** Collects the states pushed to the buyer's open page. */
function listenAs(userId: string): string[] {
  const heard: string[] = [];
  listen(on.platform.nc, reservationChanged.to(userId), ({ status }) => heard.push(status));
  return heard;
}

test('a letter has the reason and the history of the message that died', async () => {
  const before = Date.now();
  const { win, letter } = await deadWin();
  expect(letter.letter).toMatchObject({
    consumer: 'orders',
    stream: 'SECKILL_RESERVATIONS',
    subject: stockReserved.subject(win),
    messageId: win.reservationId,
    reason: expect.stringContaining(`has no item ${win.itemId}`),
    deliveries: 1,
  });
  expect(letter.letter?.firstSeenAt).toBeGreaterThanOrEqual(before - 1_000);
  expect(letter.letter?.diedAt).toBeGreaterThanOrEqual(letter.letter?.firstSeenAt ?? 0);
  expect(await findDeadLetter(on.platform.nc, letter.seq)).toEqual(letter);
  expect(await findDeadLetters(on.platform.nc, 'orders')).toEqual([letter]);
  expect(await findDeadLetters(on.platform.nc, 'payments')).toEqual([]);
});

describe('replay', () => {
  test('the winner gets the order, though JetStream still remembers the message that died', async () => {
    const { platform } = on;
    const { win, letter, heal } = await deadWin();
    await heal();
    const replayed = await replayDeadLetter(platform, letter.seq);
    expect(replayed).toMatchObject({
      subject: stockReserved.subject(win),
      messageId: `${win.reservationId}:replay:${letter.letter?.seq}`,
    });
    await eventually(async () => (await platform.order(win.reservationId)) !== null, 'the order');
    expect(await findDeadLetters(platform.nc)).toEqual([]);
    await platform.expectAuditHolds(sale);
  });

  test('after the two minutes it is published under its own id', async () => {
    const { platform } = on;
    const { streams } = await jetstreamManager(platform.nc);
    const { duplicate_window } = (await streams.info(STREAMS.reservations.name)).config;
    await streams.update(STREAMS.reservations.name, { duplicate_window: nanos(100) });
    try {
      const { win, letter, heal } = await deadWin();
      await heal();
      await eventually(() => Date.now() > (letter.letter?.diedAt ?? 0) + 1_000, 'the window is over');
      expect(await replayDeadLetter(platform, letter.seq)).toMatchObject({ messageId: win.reservationId });
      await eventually(async () => (await platform.order(win.reservationId)) !== null, 'the order');
    } finally {
      await streams.update(STREAMS.reservations.name, { duplicate_window });
    }
  });

  test('a message that still cannot be handled dies again, and can be replayed again', async () => {
    const { platform } = on;
    const { win, letter, heal } = await deadWin();
    await replayDeadLetter(platform, letter.seq);
    const again = await theLetter();
    expect(again.seq).toBeGreaterThan(letter.seq);
    await heal();
    expect(await replayDeadLetter(platform, again.seq)).toMatchObject({
      messageId: `${win.reservationId}:replay:${again.letter?.seq}`,
    });
    await eventually(async () => (await platform.order(win.reservationId)) !== null, 'the order');
  });

  test('replayed replayed twice at once: one order, and the letter is gone', async () => {
    const { platform } = on;
    const { win, letter, heal } = await deadWin();
    await heal();
    const replays = await Promise.allSettled([replayDeadLetter(platform, letter.seq), replayDeadLetter(platform, letter.seq)]);
    expect(replays.map(({ status }) => status)).toContain('fulfilled');
    await eventually(async () => (await platform.order(win.reservationId)) !== null, 'the order');
    await eventually(async () => (await platform.eventCounts(sale))['created'] === 1, 'one event');
    await platform.expectAuditHolds(sale);
  });

  test('a payment that was not known yet is settled once it is', async () => {
    const { platform } = on;
    const [win] = await platform.win(sale, ['payer']);
    const orderId = win?.reservationId ?? '';
    await eventually(async () => (await platform.order(orderId)) !== null, 'the order');
    const paymentId = '01890000-0000-7000-8000-00000000abcd';
    const event = {
      eventId: 'evt-1',
      type: 'payment.succeeded',
      paymentId,
      orderId,
      amountCents: 1_000,
      currency: 'EUR',
    } as const;
    await send(platform.publisher, paymentReceived, event);
    const { seq } = await theLetter();
    await platform.prisma.payment.create({ data: { id: paymentId, orderId, amountCents: 1_000n, currency: 'EUR' } });
    await replayDeadLetter(platform, seq);
    await eventually(async () => (await platform.order(orderId))?.status === 'PAID', 'PAID');
  });
});

describe('discard', () => {
  test('the winner sees REJECTED, the units return, and the buyer may buy again', async () => {
    const { platform } = on;
    const heard = listenAs('unlucky');
    const { win, letter, heal } = await deadWin();
    await heal();
    expect(await platform.left(sale)).toBe(2);
    const discarded = await discardDeadLetter(worker.context, letter.seq);
    expect(discarded).toEqual({
      seq: letter.seq,
      reservation: { orderId: win.reservationId, userId: 'unlucky', quantity: 1, status: 'REJECTED' },
    });
    await eventually(() => heard.includes('REJECTED'), 'the push to the page');
    expect(await platform.statusInRedis(win.reservationId)).toBe('REJECTED');
    expect(await platform.left(sale)).toBe(3);
    expect(await platform.prisma.rejection.findUnique({ where: { reservationId: win.reservationId } })).toMatchObject({
      saleId: sale.saleId,
      itemId: win.itemId,
      userId: 'unlucky',
      quantity: 1,
      reason: 'DISCARDED',
    });
    expect(await platform.eventCounts(sale)).toEqual({ rejected: 1 });
    expect(await findDeadLetters(platform.nc)).toEqual([]);
    await platform.expectAuditHolds(sale);
    expect(await platform.win(sale, ['unlucky'])).toHaveLength(1);
  });

  test('a malformed message: the winner is found by the message id', async () => {
    const { platform } = on;
    const win = await platform.winAside(sale, 'garbled');
    await platform.publisher.publish(stockReserved.subject(win), '{"garbled', win.reservationId);
    const { seq } = await theLetter();
    expect(await discardDeadLetter(worker.context, seq)).toMatchObject({
      reservation: { userId: 'garbled', status: 'REJECTED' },
    });
    expect(await platform.statusInRedis(win.reservationId)).toBe('REJECTED');
    expect(await platform.left(sale)).toBe(3);
    await platform.expectAuditHolds(sale);
  });

  test('a winner who got the order after all keeps it', async () => {
    const { platform } = on;
    const { win, letter, heal } = await deadWin();
    await heal();
    await send(platform.publisher, stockReserved, winnersOf([win]), anotherWay(win));
    await eventually(async () => (await platform.order(win.reservationId)) !== null, 'the order');
    expect(await discardDeadLetter(worker.context, letter.seq)).toMatchObject({ reservation: { status: 'PENDING_PAYMENT' } });
    expect(await platform.prisma.rejection.count({ where: { saleId: sale.saleId } })).toBe(0);
    expect(await findDeadLetters(platform.nc)).toEqual([]);
    await platform.expectAuditHolds(sale);
  });

  test('a discarded win makes no order if its message is delivered again', async () => {
    const { platform } = on;
    const { win, letter, heal } = await deadWin();
    await heal();
    await discardDeadLetter(worker.context, letter.seq);
    const again = await send(platform.publisher, stockReserved, winnersOf([win]), anotherWay(win));
    expect(again.duplicate).toBe(false);
    const { consumers } = await jetstreamManager(platform.nc);
    await eventually(
      async () => (await consumers.info(STREAMS.reservations.name, 'orders')).ack_floor.stream_seq >= again.seq,
      'the message was handled',
    );
    expect(await platform.order(win.reservationId)).toBeNull();
    expect(await platform.left(sale)).toBe(3);
    expect(await platform.eventCounts(sale)).toEqual({ rejected: 1 });
  });

  test('a letter that holds no win is simply deleted', async () => {
    const { platform } = on;
    await platform.publisher.publish(
      stockReserved.subject({ saleId: sale.saleId, itemId: itemIdOf(sale) }),
      'hello',
      'not-an-id',
    );
    const { seq } = await theLetter();
    expect(await discardDeadLetter(worker.context, seq)).toEqual({ seq });
    await expect(discardDeadLetter(worker.context, seq)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a forged win of an unknown item is recorded, and nothing else changes', async () => {
    const { platform } = on;
    const forged = { ...platform.forged(sale, 'forger'), itemId: 'ffffff', reservationId: newReservationId('ffffff') };
    await send(platform.publisher, stockReserved, winnersOf([forged]));
    const { seq } = await theLetter();
    expect(await discardDeadLetter(worker.context, seq)).toMatchObject({ reservation: { status: 'REJECTED' } });
    expect(await platform.left(sale)).toBe(3);
  });
});

test('winners of one message have a letter each: one is replayed and another discarded, and the third stays', async () => {
  const { platform } = on;
  const { wins, heal } = await deadWins(users(3));
  const letters = await findDeadLetters(platform.nc);
  const letterOf = (place: number) => {
    const { reservationId } = wins[place] ?? {};
    return letters.find(({ letter }) => letter?.messageId === reservationId)?.seq ?? 0;
  };
  await heal();
  await replayDeadLetter(platform, letterOf(0));
  expect(await discardDeadLetter(worker.context, letterOf(1))).toMatchObject({
    reservation: { orderId: wins[1]?.reservationId, status: 'REJECTED' },
  });
  await platform.comesToRest();
  expect(await platform.prisma.order.findMany({ where: { saleId: sale.saleId }, select: { id: true } })).toEqual([
    { id: wins[0]?.reservationId },
  ]);
  expect((await findDeadLetters(platform.nc)).map(({ seq }) => seq)).toEqual([letterOf(2)]);
  expect(await platform.statusInRedis(wins[2]?.reservationId ?? '')).toBe('RESERVED');
});

test('a letter that does not exist, and a message that is not a dead letter', async () => {
  const { platform } = on;
  await expect(findDeadLetter(platform.nc, 4_711)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(replayDeadLetter(platform, 4_711)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await platform.publisher.publish(deadLetter.subject({ consumer: 'orders' }), 'a note', 'a-note');
  const { seq, letter, fault } = await theLetter();
  expect(letter).toBeUndefined();
  expect(fault).toContain('not JSON');
  await expect(replayDeadLetter(platform, seq)).rejects.toMatchObject({ message: expect.stringContaining('Discard it') });
  expect(await discardDeadLetter(worker.context, seq)).toEqual({ seq });
});
