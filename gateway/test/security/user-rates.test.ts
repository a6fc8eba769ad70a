import { expect, test } from 'vitest';
import { AccessTokens } from '../../src/security/access-tokens.ts';
import { UserRates } from '../../src/security/user-rates.ts';

const refusedOf = (count: () => void): unknown => {
  try {
    count();
    return undefined;
  } catch (error) {
    return error;
  }
};

test('one user is limited each second, others are not, and the waits differ', () => {
  const rates = new UserRates();
  const tries = Array.from({ length: 150 }, () => refusedOf(() => rates.count('greedy', 500)));
  expect(tries.slice(0, 100)).toEqual(Array(100).fill(undefined));
  const waits = tries.slice(100).map((error) => (error as { code: string; retryAfterMs: number }).retryAfterMs);
  expect(tries.at(-1)).toMatchObject({ code: 'RATE_LIMITED' });
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(500);
  expect(Math.max(...waits)).toBeLessThanOrEqual(1_500);
  expect(new Set(waits).size).toBeGreaterThan(40);
  expect(refusedOf(() => rates.count('modest', 500))).toBeUndefined();
  expect(refusedOf(() => rates.count('greedy', 1_000))).toBeUndefined();
});

test('the signature comes first: a forged token does not use up the rate of the user whom it names', () => {
  const tokens = new AccessTokens({ jwtSecret: 'a secret of more than thirty-two bytes' });
  const forger = new AccessTokens({ jwtSecret: 'another secret of more than 32 bytes' });
  const [real, forged] = [`Bearer ${tokens.issue('ada')}`, `Bearer ${forger.issue('ada')}`];
  for (let i = 0; i < 300; i += 1) expect(refusedOf(() => tokens.userOf(forged))).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(tokens.userOf(real)).toBe('ada');
  const codes = Array.from({ length: 500 }, () => (refusedOf(() => tokens.userOf(real)) as { code?: string } | undefined)?.code);
  expect(codes).toContain('RATE_LIMITED');
  expect(codes).toContain(undefined);
});
