import {
  MalformedMessage,
  newId,
  newReservationId,
  ORDER_EVENTS,
  orderEvent,
  paymentDeadline,
  paymentReceived,
  reservationChanged,
  STREAMS,
  stockReserved,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';

const reservationId = newReservationId('00002a');
const won = { reservationId, saleId: newId(), itemId: '00002a', userId: 'ann', quantity: 1, reservedAt: 1_700_000_000_000 };
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
    expect(stockReserved.decode(Buffer.from(stockReserved.encode(won)))).toEqual(won);
    expect(paymentReceived.decode(Buffer.from(paymentReceived.encode(paid)))).toEqual(paid);
    expect(paymentDeadline.decode(Buffer.from(paymentDeadline.encode(due)))).toEqual(due);
  });

  test('is read from the middle of a larger buffer', () => {
    const large = Buffer.concat([Buffer.from('before'), bytes(won), Buffer.from('after')]);
    expect(stockReserved.decode(large.subarray(6, large.length - 5))).toEqual(won);
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
    expect(() => stockReserved.decode(data)).toThrow(MalformedMessage);
    expect(() => stockReserved.decode(data)).toThrow(place);
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

test('the message id of a win is its reservation, of a payment its event id and what it says, of an order its move', () => {
  expect(stockReserved.messageId(won)).toBe(reservationId);
  expect(paymentReceived.messageId(paid)).toMatch(/^evt_1:payment\.succeeded:/);
  for (const other of [{ type: 'payment.failed' }, { amountCents: 2 }, { currency: 'USD' }] as const)
    expect(paymentReceived.messageId({ ...paid, ...other })).not.toBe(paymentReceived.messageId(paid));
  const event = { ...won, event: 'paid', orderId: reservationId, amountCents: 1, currency: 'EUR', at: 1, payBy: 1 } as const;
  expect(orderEvent.messageId(event)).toBe(`paid:${reservationId}`);
});
