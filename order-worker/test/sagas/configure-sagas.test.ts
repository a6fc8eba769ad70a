import { expect, test } from 'vitest';
import { pointsOf } from '../../src/sagas/after-paid/points.ts';
import { readSagas } from '../../src/sagas/configure-sagas.ts';

const on = { SAGAS: 'after-paid', SAGA_POINTS_PER_UNIT: '2', SAGA_COUPON: 'thanks', WAREHOUSE_URL: 'http://warehouse.test' };

test('sagas are off without a setting, whatever the others say', () => {
  const { SAGAS: _, ...others } = on;
  expect(readSagas(others)).toEqual({ sagas: undefined, faults: [] });
});

test('each step has its settings, and units return unless they must not', () => {
  expect(readSagas(on)).toEqual({
    sagas: {
      pointsPerUnit: 2,
      couponTemplate: 'thanks',
      returnsUnits: true,
      warehouse: { url: 'http://warehouse.test', secret: undefined },
    },
    faults: [],
  });
  expect(readSagas({ SAGAS: 'after-paid', SAGA_RETURN_UNITS: 'false' }).sagas).toEqual({
    pointsPerUnit: 0,
    couponTemplate: undefined,
    returnsUnits: false,
    warehouse: undefined,
  });
});

test('outside development, requests to a warehouse must be signed', () => {
  const real = { ...on, NODE_ENV: 'production' };
  expect(readSagas(real).faults).toEqual([expect.stringContaining('WAREHOUSE_SECRET is not set')]);
  expect(readSagas({ ...real, WAREHOUSE_SECRET: 'short' }).faults).toEqual([expect.stringContaining('too few')]);
  expect(readSagas({ ...real, WAREHOUSE_SECRET: 'a'.repeat(32) }).faults).toEqual([]);
});

test('a fault names the setting', () => {
  expect(readSagas({ ...on, SAGAS: 'others', SAGA_COUPON: 'ä' }).faults).toEqual([
    expect.stringContaining('SAGAS'),
    expect.stringContaining('SAGA_COUPON'),
  ]);
});

test.each([
  [1_999, 'EUR', 1, 19],
  [1_999, 'EUR', 2, 38],
  [99, 'EUR', 5, 0],
  [4_950, 'JPY', 1, 4_950],
  [1_999, 'KWD', 1, 1],
])('%i %s at %i for each whole unit are %i points', (amountCents, currency, perUnit, points) => {
  expect(pointsOf({ amountCents, currency }, perUnit)).toBe(points);
});
