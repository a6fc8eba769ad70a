import {
  MalformedMessage,
  newId,
  newReservationId,
  ORDER_EVENTS,
  orderEvent,
  paymentDeadline,
  paymentReceived,
  readWins,
  reservationChanged,
  STREAMS,
  stockReserved,
  winnersOf,
  winsIn,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';

const reservationId = newReservationId('00002a');
const won = { reservationId, saleId: newId(), itemId: '00002a', userId: 'ann', quantity: 1, reservedAt: 1_700_000_000_000 };
const message = winnersOf([won]);
const paid = {
  eventId: 'evt_1',
  type: 'payment.succeeded',
  paymentId: newId(),
  orderId: reservationId,
  amountCents: 1,
  currency: 'EUR',
} as const;
const due = { dueAt: 1, payTimeoutSeconds: 900, orderIds: [reservationId] };
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

describe('an event', () => {
  test('is read as it was written', () => {
    expect(stockReserved.decode(Buffer.from(stockReserved.encode(message)))).toEqual(message);
    expect(paymentReceived.decode(Buffer.from(paymentReceived.encode(paid)))).toEqual(paid);
    expect(paymentDeadline.decode(Buffer.from(paymentDeadline.encode(due)))).toEqual(due);
  });

  test('is read from the middle of a larger buffer', () => {
    const large = Buffer.concat([Buffer.from('before'), bytes(paid), Buffer.from('after')]);
    expect(paymentReceived.decode(large.subarray(6, large.length - 5))).toEqual(paid);
  });

  test.each([
    ['no JSON', Buffer.from('{'), 'the message is not JSON'],
    ['nothing', Buffer.alloc(0), 'the message is not JSON'],
    ['no object', bytes(7), '(whole message)'],
    ['a field missing', bytes({ ...won, userId: undefined }), 'userId'],
    ['a wrong type', bytes({ ...won, quantity: '1' }), '/quantity'],
    ['no whole number', bytes({ ...won, quantity: 1.5 }), '/quantity'],
    ['no units', bytes({ ...won, quantity: 0 }), '/quantity'],
    ['a user id without text', bytes({ ...won, userId: '' }), '/userId'],
    ['a user id with U+0000', bytes({ ...won, userId: 'a\0b' }), '/userId'],
    ['an id in capitals', bytes({ ...won, reservationId: reservationId.toUpperCase() }), '/reservationId'],
  ])('with %s is malformed, and the place is named', (_, data, place) => {
    expect(() => readWins(data)).toThrow(MalformedMessage);
    expect(() => readWins(data)).toThrow(place);
  });
});

describe('the message of winners', () => {
  const others = ['bea', 'cem'].map((userId) => ({ ...won, reservationId: newReservationId('00002a'), userId }));
  const wins = [won, ...others] as const;
  const { winners, ...item } = winnersOf(wins);

  test('is read as it was written, also in the form that had one win', () => {
    expect(winsIn(bytes(winnersOf(wins)))).toEqual(wins);
    expect(winsIn(bytes(won))).toEqual([won]);
    expect(readWins(bytes(won))).toEqual({ parts: [{ value: won }] });
  });

  test('tells how each winner is stored alone', () => {
    const { alone: aloneAt } = readWins(bytes(winnersOf(wins)));
    const alone = wins.map((_, index) => aloneAt?.(index));
    expect(alone.map((each) => each?.messageId)).toEqual(wins.map((win) => win.reservationId));
    expect(alone.map((each) => winsIn(Buffer.from(each?.data ?? '')))).toEqual(wins.map((win) => [win]));
  });

  test('with a winner that is malformed: the others are read, and it keeps its id', () => {
    const [, bad] = winners;
    const data = bytes({ ...item, winners: [winners[0], { ...bad, quantity: 0 }, 'nothing', winners[2]] });
    expect(winsIn(data)).toEqual([won, others[1]]);
    const { parts, alone } = readWins(data);
    expect(parts[1]).toMatchObject({ fault: expect.stringContaining('/quantity') });
    expect(alone?.(1)).toEqual({
      data: JSON.stringify({ ...item, winners: [{ ...bad, quantity: 0 }] }),
      messageId: bad?.reservationId,
    });
    expect(alone?.(2).messageId).toMatch(/^winners:[0-9a-f]{40}$/);
  });

  test.each([
    ['without its winners', {}],
    ['with none', { winners: [] }],
    ['of no item', { winners, itemId: 'x' }],
  ])('%s is malformed', (_, changes) => {
    expect(() => readWins(bytes({ ...item, ...changes }))).toThrow(MalformedMessage);
  });

  test('has an id that depends on its winners and on nothing else', () => {
    const idOf = (...of: (typeof won)[]) => stockReserved.messageId(winnersOf(of));
    const [first, second] = others as [typeof won, typeof won];
    expect(idOf(won)).toBe(reservationId);
    expect(idOf(first, second)).toBe(idOf({ ...first, reservedAt: 1 }, second));
    expect(idOf(first, second)).not.toBe(idOf(first, won));
    expect(idOf(first, second)).not.toBe(idOf(first, second, won));
  });
});

describe('subjects', () => {
  const within = (subject: string, pattern: string) =>
    new RegExp(`^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^.]+').replaceAll('>', '.+')}$`).test(subject);

  test('of events belong to the stream that stores them', () => {
    expect(within(stockReserved.subject(won), STREAMS.reservations.subjects[0])).toBe(true);
    expect(within(paymentReceived.subject(paid), STREAMS.payments.subjects[0])).toBe(true);
    expect(within(paymentDeadline.subject(due), STREAMS.deadlines.subjects[0])).toBe(true);
    for (const event of ORDER_EVENTS) {
      const subject = orderEvent.subject({ event, saleId: won.saleId });
      expect(subject).toBe(`seckill.order.${event}.${won.saleId}`);
      expect(within(subject, STREAMS.orders.subjects[0])).toBe(true);
    }
  });

  test('of users are one token each, different for each user', () => {
    const users = ['ann', 'a.n', 'a=n', 'a=2en', 'a@b.c', 'a:b', 'a_b', 'a-b', '*', '>', 'a b', 'é', 'Ã©', '\u2028', ' 28', '🛒'];
    const subjects = users.map((user) => reservationChanged.to(user).subjects);
    expect(new Set(subjects).size).toBe(users.length);
    for (const subject of subjects) expect(subject).toMatch(/^seckill\.user\.[A-Za-z0-9_=-]+$/);
  });
});

test('the message id of a deadline depends on its orders and on nothing else', () => {
  const [a, b, c] = [newReservationId('00002a'), newReservationId('00002a'), newReservationId('00002a')];
  const idOf = (...orderIds: string[]) => paymentDeadline.messageId({ ...due, orderIds });
  expect(idOf(a, b)).toBe(idOf(a, b));
  expect(new Set([idOf(a), idOf(a, b), idOf(a, c), idOf(a, b, c)]).size).toBe(4);
});

test('the message id of a payment is its event id and what it says', () => {
  expect(paymentReceived.messageId(paid)).toMatch(/^evt_1:payment\.succeeded:/);
  for (const other of [{ type: 'payment.failed' }, { amountCents: 2 }, { currency: 'USD' }] as const)
    expect(paymentReceived.messageId({ ...paid, ...other })).not.toBe(paymentReceived.messageId(paid));
});
