import { useTestServers } from 'dev/test';
import {
  challengeGrade,
  type Difficulty,
  newReservationId,
  PurchaseTokens,
  type RiskGrade,
  readReservation,
  slowGrade,
} from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Challenges } from '../../../src/admission/risk/challenges.ts';
import { startGateways, type TestGateways } from '../../support/gateways.ts';
import { openSale } from '../../support/sales.ts';
import { payload, solve } from '../../support/solve.ts';

const servers = useTestServers();
let on: TestGateways;

beforeAll(async () => {
  on = await startGateways({ redisUrl: servers.redisUrl, natsUrl: servers.natsUrl, count: 2 });
});
afterAll(() => on?.close());

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

/** Returns a token of a grade, given out `ageMs` ago. */
function tokenOf(itemId: string, grade: RiskGrade, ageMs = 0) {
  const reservationId = newReservationId(itemId, Date.now() - ageMs);
  const signed = { reservationId, userId: `user of ${reservationId}`, expiresAt: inSeconds(600), grade };
  return { reservationId, purchaseToken: new PurchaseTokens(on.config.tokenSecret).sign(signed) };
}

const reserve = (purchaseToken: string, challengeSolution?: string, at = 0) =>
  on.callWhenAwake('POST', '/api/reservations', { body: { purchaseToken, challengeSolution }, on: at });

const challengeOf = (reservationId: string, difficulty: Difficulty = 1, expiresAt = inSeconds(600)) =>
  new Challenges(on.config.tokenSecret).make(reservationId, difficulty, { from: Date.now(), expiresAt });

test('a token with a challenge wins on any gateway once it is solved, and keeps its answer without the solution', async () => {
  const { itemId } = await openSale(on);
  const { reservationId, purchaseToken } = tokenOf(itemId, challengeGrade(3));
  const refused = await reserve(purchaseToken);
  expect(refused).toMatchObject({ status: 403, code: 'CHALLENGE_REQUIRED' });
  expect(refused.body.retryAfterMs).toBeGreaterThan(20_000);
  expect(refused.body.retryAfterMs).toBeLessThan(41_000);
  const challengeSolution = await solve(await challengeOf(reservationId));
  const won = await reserve(purchaseToken, challengeSolution, 1);
  expect(won).toMatchObject({ status: 202, body: { reservationId, status: 'RESERVED' } });
  expect(await reserve(purchaseToken, undefined, 1)).toMatchObject({ status: 202 });
  expect(await reserve(purchaseToken, challengeSolution)).toMatchObject({ status: 202 });
});

test('a solution that is wrong, foreign, of another token or too late is refused with the reason', async () => {
  const { itemId } = await openSale(on);
  const { reservationId, purchaseToken } = tokenOf(itemId, challengeGrade(2));
  const other = tokenOf(itemId, challengeGrade(2));
  const challenge = await challengeOf(reservationId);
  const { parameters, signature } = challenge;
  const solved = JSON.parse(Buffer.from(await solve(challenge), 'base64').toString());
  const foreign = await new Challenges('another secret').make(reservationId, 1, { from: 0, expiresAt: inSeconds(600) });
  const easier = { ...parameters, keyPrefix: '00' };
  for (const [solution, reason] of [
    [payload({ challenge: { parameters, signature }, solution: { counter: 1, derivedKey: '00' } }), 'is wrong'],
    [payload({ ...solved, solution: { ...solved.solution, derivedKey: '' } }), 'is wrong'],
    [payload({ ...solved, challenge: { parameters: easier, signature } }), 'we did not make'],
    [await solve(foreign), 'we did not make'],
    [await solve(await challengeOf(other.reservationId)), 'another purchase token'],
    [await solve(await challengeOf(reservationId, 1, inSeconds(-1))), 'has expired'],
    [payload({ challenge, solution: null }), 'is not the base64'],
    ['bm9ucw==', 'is not the base64'],
  ] as const) {
    const answer = await reserve(purchaseToken, solution);
    expect(answer, reason).toMatchObject({ status: 403, code: 'CHALLENGE_REQUIRED' });
    expect(answer.body.detail).toContain(reason);
  }
  expect(await readReservation(on.redis, reservationId)).toBeUndefined();
  expect(await reserve(purchaseToken, 'not base64!')).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  expect((await reserve(purchaseToken, payload(solved))).status).toBe(202);
});

test('a challenge of before the secret was changed can still be solved', async () => {
  const { reservationId } = tokenOf('00002a', challengeGrade(1));
  const before = await new Challenges('before').make(reservationId, 1, { from: 0, expiresAt: inSeconds(600) });
  expect(await new Challenges('after', 'before').check(reservationId, await solve(before))).toBeUndefined();
  expect(await new Challenges('after').check(reservationId, await solve(before))).toContain('we did not make');
});

test('without a solution a token is served after a while, which counts from the start of the sale', async () => {
  const { itemId } = await openSale(on);
  expect((await reserve(tokenOf(itemId, challengeGrade(3), 20_000).purchaseToken)).code).toBe('CHALLENGE_REQUIRED');
  expect((await reserve(tokenOf(itemId, challengeGrade(3), 42_000).purchaseToken)).status).toBe(202);
  const begun = await openSale(on, { startsAt: Date.now() - 5_000 });
  expect((await reserve(tokenOf(begun.itemId, challengeGrade(1), 60_000).purchaseToken)).code).toBe('CHALLENGE_REQUIRED');
});

test('a token that is slowed down is served after its delay', async () => {
  const { itemId } = await openSale(on);
  const early = await reserve(tokenOf(itemId, slowGrade(20_000), 5_000).purchaseToken);
  expect(early).toMatchObject({ status: 429, code: 'RATE_LIMITED' });
  expect(early.body.retryAfterMs).toBeGreaterThan(5_000);
  expect(early.body.retryAfterMs).toBeLessThan(16_000);
  expect((await reserve(tokenOf(itemId, slowGrade(20_000), 22_000).purchaseToken)).status).toBe(202);
});
