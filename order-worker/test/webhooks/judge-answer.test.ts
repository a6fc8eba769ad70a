import { expect, test } from 'vitest';
import { judgeAnswer } from '../../src/webhooks/judge-answer.ts';

const now = Date.parse('2030-01-01T00:00:00Z');
const judge = (status: number, retryAfter?: string) =>
  judgeAnswer({ status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } }, now);

test.each([200, 201, 202, 204, 299])('%i delivers', (status) => expect(judge(status)).toEqual({ result: 'delivered' }));

test.each([301, 308, 400, 401, 404, 408, 500, 503])('%i is tried again', (status) =>
  expect(judge(status)).toMatchObject({ result: 'retry', error: expect.stringContaining(String(status)) }),
);

test('410 asks for no more', () => expect(judge(410)).toMatchObject({ result: 'gone' }));

test('429 and 503 say when to try again, in seconds or as a date, within an hour', () => {
  expect(judge(429, '7')).toMatchObject({ result: 'retry', afterMs: 7_000 });
  expect(judge(503, 'Tue, 01 Jan 2030 00:00:30 GMT')).toMatchObject({ afterMs: 30_000 });
  expect(judge(429, '999999')).toMatchObject({ afterMs: 3_600_000 });
  expect(judge(503, 'Mon, 31 Dec 2029 00:00:00 GMT')).toMatchObject({ afterMs: 0 });
  for (const verdict of [judge(429, 'soon'), judge(503), judge(500, '7')]) expect(verdict).not.toHaveProperty('afterMs');
});
