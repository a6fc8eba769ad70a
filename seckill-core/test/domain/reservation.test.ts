import {
  LIVE_ORDER,
  LIVE_RESERVATION,
  letterOf,
  ORDER_MOVES,
  type OrderStatus,
  parseReservationRecord,
  RESERVATION_MOVES,
  type ReservationStatus,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';

const statuses = Object.keys(RESERVATION_MOVES) as ReservationStatus[];

describe('the record of a reservation', () => {
  test.each(statuses)('in status %s is read as it is written', (status) => {
    expect(parseReservationRecord(`${letterOf(status)}|ann@example.com:1|3|1700000000000|1700000900000`)).toEqual({
      status,
      userId: 'ann@example.com:1',
      quantity: 3,
      reservedAt: 1_700_000_000_000,
      payBy: 1_700_000_900_000,
    });
  });

  test.each([
    '',
    'R',
    'Z|ann|1|2|3',
    'R|ann',
    'R|ann|1',
    'R|ann|one|2|3',
    'R|ann|1|2',
    'R|ann|1|2|3|4',
    'R|ann|0|2|3',
    'R||1|2|3',
  ])('%j is none', (text) => expect(() => parseReservationRecord(text)).toThrow('Not a reservation record'));
});

test('each status has a letter of its own', () => {
  expect(new Set(statuses.map((status) => letterOf(status))).size).toBe(statuses.length);
});

describe('units', () => {
  test('are returned by a move once, and never taken again', () => {
    for (const from of statuses) {
      for (const to of RESERVATION_MOVES[from]) {
        if (!LIVE_RESERVATION.has(from)) expect(LIVE_RESERVATION.has(to), `${from} to ${to}`).toBe(false);
      }
    }
  });

  test('of what is paid stay: no move leads out of PAID', () => {
    expect(RESERVATION_MOVES.PAID).toEqual([]);
    expect(ORDER_MOVES.PAID).toEqual([]);
  });

  test('are held by an order as long as by its reservation', () => {
    const reservationOf: Record<OrderStatus, ReservationStatus> = {
      PENDING_PAYMENT: 'ORDERED',
      PAID: 'PAID',
      CANCELLED: 'CANCELLED',
      REFUNDED: 'REFUNDED',
    };
    for (const [order, reservation] of Object.entries(reservationOf) as [OrderStatus, ReservationStatus][]) {
      expect(LIVE_ORDER.has(order), order).toBe(LIVE_RESERVATION.has(reservation));
      const moves: readonly ReservationStatus[] = ORDER_MOVES[order].map((to) => reservationOf[to]);
      expect(RESERVATION_MOVES[reservation].toSorted(), order).toEqual(moves.toSorted());
    }
  });
});
