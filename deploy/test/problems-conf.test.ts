import { readFileSync } from 'node:fs';
import { ANSWERS, type AnswerCode } from 'seckill-core';
import { expect, test } from 'vitest';

/** Locations that know more than the table's detail. */
const MORE_SPECIFIC = new Set(['malformed', 'too_large', 'rate_limited']);
const conf = readFileSync(new URL('../nginx/problems.conf', import.meta.url), 'utf8');
const LOCATION = /location (?:@|= \/nginx\/problems\/)(\w+) \{[^}]*?return (\d+) '(.*)';\n\}/g;

test.each(Array.from(conf.matchAll(LOCATION), ([, name = '', status, body = '{}']) => ({ name, status, body })))(
  'problems.conf and the table of answers agree on @$name',
  ({ name, status, body }) => {
    const problem = JSON.parse(body.replace('$retry_after_ms', '1000')) as {
      code: AnswerCode;
      status: number;
      detail: string;
      retryAfterMs?: number;
    };
    const answer = ANSWERS[problem.code];
    const { title, detail } = answer;
    expect(problem).toMatchObject({ type: `/problems#${problem.code}`, title, status: answer.status });
    expect(Number(status)).toBe(answer.status);
    if (MORE_SPECIFIC.has(name)) expect(problem.detail).not.toBe(detail);
    else expect(problem.detail).toBe(detail);
    expect(problem.retryAfterMs).toBe(answer.retry === 'same request' ? 1_000 : undefined);
  },
);

test('every location of problems.conf is compared with the table', () => {
  expect(Array.from(conf.matchAll(LOCATION))).toHaveLength(conf.match(/^location /gm)?.length ?? 0);
});
