import { Type } from 'typebox';
import { expect, test } from 'vitest';
import { readEnvironment } from '../../src/index.ts';

const schema = Type.Object({
  SHOP_NAME: Type.String({ description: 'the name of the shop' }),
  SHOP_KEY: Type.String({ pattern: '^sk_', description: 'a key, which begins with sk_' }),
  SHOP_SIZE: Type.Integer({ default: 3, description: 'a number' }),
});

test('every fault is reported at once, and the rest is read', () => {
  expect(readEnvironment(schema, { SHOP_KEY: 'a secret', SHOP_SIZE: '5' })).toEqual({
    values: { SHOP_SIZE: 5 },
    faults: ['SHOP_NAME has to be the name of the shop; it is not set.', 'SHOP_KEY has to be a key, which begins with sk_.'],
  });
  expect(readEnvironment(schema, { SHOP_NAME: 'A', SHOP_KEY: 'sk_1', SHOP_SIZE: 'many' })).toEqual({
    values: { SHOP_NAME: 'A', SHOP_KEY: 'sk_1', SHOP_SIZE: 3 },
    faults: ['SHOP_SIZE has to be a number; it is "many".'],
  });
});
