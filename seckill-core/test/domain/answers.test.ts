import { ANSWERS, type AnswerCode, answerOf, Problem, PURCHASE_ANSWER_CODES } from 'seckill-core';
import { describe, expect, test } from 'vitest';

/** Section 4 of the HTTP contract, which buyers' and operators' programs rely on. */
const CONTRACT: Record<string, AnswerCode[]> = {
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
  for (const code of codes) expect(ANSWERS[code].status, code).toBe(Number(status));
});

test.each(Object.entries(ANSWERS))(
  '%s has a title that no other code has, and its detail is a sentence',
  (code, { title, detail, status }) => {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(Object.values(ANSWERS).filter((other) => other.title === title)).toHaveLength(1);
    expect(detail).toMatch(/^[A-Z].*\.$/);
  },
);

test('a final answer never asks for the same request again', () => {
  const final = Object.entries(ANSWERS).filter(([, { isFinal }]) => isFinal);
  expect(final.map(([code]) => code)).toEqual(['SOLD_OUT', 'LIMIT_REACHED', 'SALE_ENDED']);
  for (const [code, { retry }] of final) expect(['when units return', 'never'], code).toContain(retry);
});

test('an answer has its own tone in the charts', () => {
  const tones = PURCHASE_ANSWER_CODES.map((code) => ANSWERS[code].chart.tone);
  expect(new Set(tones).size).toBe(tones.length);
});

test('a code from a proxy or a newer gateway is not found', () => {
  expect(answerOf('HTTP_502')).toBeUndefined();
  expect(answerOf('toString')).toBeUndefined();
  expect(answerOf('SOLD_OUT')).toBe(ANSWERS.SOLD_OUT);
});

describe('a problem that is thrown', () => {
  test('has the detail of the table unless the caller gives a better one', () => {
    expect(new Problem('SOLD_OUT').message).toBe(ANSWERS.SOLD_OUT.detail);
    expect(new Problem('RATE_LIMITED', 'Wait.', 5)).toMatchObject({ code: 'RATE_LIMITED', message: 'Wait.', retryAfterMs: 5 });
    expect(new Problem('SOLD_OUT')).toBeInstanceOf(Error);
  });
});
