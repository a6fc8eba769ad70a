import {
  LIVE_ORDER,
  LIVE_RESERVATION,
  ORDER_MOVES,
  type OrderStatus,
  RESERVATION_MOVES,
  type ReservationStatus,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';

const statuses = Object.keys(RESERVATION_MOVES) as ReservationStatus[];

describe('units', () => {
  test('are returned by at most one move, and never taken again', () => {
    for (const from of statuses) {
      for (const to of RESERVATION_MOVES[from]) {
        if (!LIVE_RESERVATION.has(from)) expect(LIVE_RESERVATION.has(to), `${from} to ${to}`).toBe(false);
      }
    }
  });

  test('stay once they are paid, until the money has gone back', () => {
    expect(RESERVATION_MOVES.PAID).toEqual(['REFUNDED']);
    expect(ORDER_MOVES.PAID).toEqual(['REFUNDED']);
  });

  test('are held by an order exactly as long as by its reservation', () => {
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
