import { PROBLEMS, Problem, type ProblemCode } from 'seckill-core';
import { describe, expect, test } from 'vitest';

/** Section 4 of the HTTP contract: what buyers' and operators' programs are written against. */
const CONTRACT: Record<string, ProblemCode[]> = {
  400: ['VALIDATION_FAILED'],
  401: ['TOKEN_INVALID', 'SIGNATURE_INVALID', 'UNAUTHENTICATED'],
  403: ['NOT_OPEN_YET', 'NOT_STARTED'],
  404: ['NOT_FOUND'],
  409: ['SOLD_OUT', 'LIMIT_REACHED', 'NOT_PAYABLE', 'NOT_CANCELLABLE'],
  410: ['SALE_ENDED'],
  429: ['RATE_LIMITED'],
  500: ['INTERNAL'],
  503: ['SALE_PAUSED', 'UNAVAILABLE'],
};

test.each(Object.entries(CONTRACT))('%i: %j', (status, codes) => {
  for (const code of codes) expect(PROBLEMS[code].status, code).toBe(Number(status));
});

test.each(Object.entries(PROBLEMS))(
  '%s has a title of its own and says in a sentence what to do',
  (code, { title, detail, status }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(Object.values(PROBLEMS).filter((other) => other.title === title)).toHaveLength(1);
    expect(detail).toMatch(/^[A-Z].*\.$/);
  },
);

describe('a problem that is thrown', () => {
  test('has the detail of the table unless the caller gives a better one', () => {
    expect(new Problem('SOLD_OUT').message).toBe(PROBLEMS.SOLD_OUT.detail);
    expect(new Problem('RATE_LIMITED', 'Wait.', 5)).toMatchObject({ code: 'RATE_LIMITED', message: 'Wait.', retryAfterMs: 5 });
    expect(new Problem('SOLD_OUT')).toBeInstanceOf(Error);
  });
});
