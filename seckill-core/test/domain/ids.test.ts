import { fingerprintOf, isReservationId, isUserId, itemIdOf, newId, newReservationId, UUID_PATTERN } from 'seckill-core';
import { describe, expect, test } from 'vitest';

const NOW = 1_700_000_000_123;

describe('a reservation id', () => {
  test('is a UUIDv7 of its time that ends with its item id', () => {
    for (const itemId of ['000000', '00002a', 'abcdef', 'ffffff']) {
      const id = newReservationId(itemId, NOW);
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(isReservationId(id)).toBe(true);
      expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(NOW);
      expect(itemIdOf(id)).toBe(itemId);
    }
  });

  test('is new each time: of a million in one millisecond hardly two are equal', () => {
    const randoms = new Float64Array(1_000_000);
    for (let i = 0; i < randoms.length; i += 1) {
      const id = newReservationId('00002a', NOW);
      const variant = Number.parseInt(id.charAt(19), 16) & 3;
      randoms[i] = Number.parseInt(`${variant}${id.slice(15, 18)}${id.slice(20, 23)}${id.slice(24, 30)}`, 16);
    }
    randoms.sort();
    const same = randoms.filter((random, index) => random === randoms[index + 1]).length;
    expect(same).toBeLessThanOrEqual(1); // 50 random bits: one pair in 2000 runs, two in millions
  });

  test('sorts by time', () => {
    const ids = Array.from({ length: 1_000 }, (_, ms) => newReservationId('00002a', NOW + ms));
    expect(ids.toSorted()).toEqual(ids);
  });

  test('has random bits: each is set about half of the time', () => {
    const count = 1_000;
    const ones = new Array<number>(128).fill(0);
    for (let i = 0; i < count; i += 1) {
      const bits = BigInt(`0x${newReservationId('000000', NOW).replaceAll('-', '')}`);
      for (let bit = 0; bit < 128; bit += 1) if ((bits >> BigInt(bit)) & 1n) ones[bit] = (ones[bit] ?? 0) + 1;
    }
    const random = ones.filter((often) => often > count * 0.4 && often < count * 0.6).length;
    const fixed = ones.filter((often) => often === 0 || often === count).length;
    expect({ random, fixed }).toEqual({ random: 50, fixed: 78 });
  });

  test('shows 24 of its random bits as a fingerprint, the six digits before the item', () => {
    expect(fingerprintOf('018bcfe5-687b-7abc-89ab-00002a123456')).toBe(42);
    expect(fingerprintOf('018bcfe5-687b-7abc-89ab-ffffff123456')).toBe(0xffffff);
  });

  test.each([
    '',
    'x',
    newReservationId('00002a').toUpperCase(),
    newReservationId('00002a').slice(1),
    `${newReservationId('00002a')}0`,
    `${newReservationId('00002a')}\n`,
    '018bcfe5-687b-4abc-89ab-00002a123456',
    '018bcfe5-687b-7abc-c9ab-00002a123456',
  ])('is not %j', (text) => expect(isReservationId(text)).toBe(false));
});

test('a plain id is a UUIDv7, new each time', () => {
  const ids = Array.from({ length: 10_000 }, () => newId());
  expect(new Set(ids).size).toBe(10_000);
  for (const id of ids.slice(0, 100)) expect(id).toMatch(new RegExp(UUID_PATTERN));
});

describe('a user id', () => {
  test.each(['a', 'ann@example.com', 'auth0|5f7c9e', 'José', 'A b\n*>', '🛒', 'x'.repeat(255), 'é'.repeat(127), '|', ' '])(
    'may be %s',
    (id) => expect(isUserId(id)).toBe(true),
  );
  test.each(['', 'x'.repeat(256), 'é'.repeat(128), '🛒'.repeat(64), 'a\0', '\ud83d', 'a\ude00b', '\ude00\ud83d'])(
    'may not be %j',
    (id) => expect(isUserId(id)).toBe(false),
  );
});
