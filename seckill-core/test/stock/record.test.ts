import {
  formatReservationRecord,
  letterOf,
  parseReservationRecord,
  RESERVATION_MOVES,
  type ReservationStatus,
} from 'seckill-core';
import { describe, expect, test } from 'vitest';

const statuses = Object.keys(RESERVATION_MOVES) as ReservationStatus[];

describe('the record of a reservation', () => {
  test.each(statuses)('in status %s is read back as written', (status) => {
    expect(parseReservationRecord(`${letterOf(status)}|ann@example.com:1|3|1700000000000|1700000900000`)).toEqual({
      status,
      userId: 'ann@example.com:1',
      quantity: 3,
      reservedAt: 1_700_000_000_000,
      payBy: 1_700_000_900_000,
    });
  });

  test.each(['auth0|5f7c9e', 'a|1|2|3', '|', '|1|2|3', 'José\n', '{"a":1}'])('holds the user %j', (userId) => {
    const record = { status: 'PAID', userId, quantity: 3, reservedAt: 1_700_000_000_000, payBy: 0 } as const;
    expect(parseReservationRecord(formatReservationRecord(record))).toEqual(record);
  });

  test.each(['', 'R', 'Z|ann|1|2|3', 'R|ann', 'R|ann|1', 'R|ann|one|2|3', 'R|ann|1|2', 'R|ann|0|2|3', 'R||1|2|3'])(
    'cannot be read from %j',
    (text) => expect(() => parseReservationRecord(text)).toThrow('Not a reservation record'),
  );
});

test('each status has its own letter', () => {
  expect(new Set(statuses.map((status) => letterOf(status))).size).toBe(statuses.length);
});
