import { PUBLIC_EVENTS } from 'seckill-core';
import { Compile } from 'typebox/compile';
import { expect, test } from 'vitest';

test.each(PUBLIC_EVENTS)(
  'the example of $name is such an event, and without a required field it is none',
  ({ schema, example }) => {
    const compiled = Compile(schema);
    expect([...compiled.Errors(example)]).toEqual([]);
    const { saleId: _, ...rest } = example.data as Record<string, unknown>;
    expect(compiled.Check({ ...example, data: rest })).toBe(false);
  },
);
