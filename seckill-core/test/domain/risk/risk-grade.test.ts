import {
  challengeGrade,
  DIFFICULTIES,
  delayMsOf,
  difficultyOf,
  HIGHEST_GRADE,
  NO_RISK,
  newReservationId,
  PurchaseTokens,
  SLOW_STEPS_MS,
  slowGrade,
  timeOfId,
} from 'seckill-core';
import { expect, test } from 'vitest';

test('a delay counts as the next longer step, the longest one at most', () => {
  for (const ms of SLOW_STEPS_MS) expect(delayMsOf(slowGrade(ms))).toBe(ms);
  expect([1, 501, 2_001, 60_001].map((ms) => delayMsOf(slowGrade(ms)))).toEqual([500, 1_000, 5_000, 60_000]);
});

test('a grade is a delay or a challenge, and every challenge is stricter than every delay', () => {
  expect([delayMsOf(NO_RISK), difficultyOf(NO_RISK)]).toEqual([0, undefined]);
  for (const difficulty of DIFFICULTIES) {
    const grade = challengeGrade(difficulty);
    expect([difficultyOf(grade), delayMsOf(grade)]).toEqual([difficulty, 0]);
    expect(grade).toBeGreaterThan(slowGrade(60_000));
  }
  expect(difficultyOf(HIGHEST_GRADE)).toBe(3);
  expect(difficultyOf(slowGrade(60_000))).toBeUndefined();
});

test('a purchase token carries every grade, with and without priority, and no other', () => {
  const tokens = new PurchaseTokens('a secret of the tests');
  const claims = { reservationId: newReservationId('00002a'), userId: 'ann', expiresAt: 1_800_000_000 };
  const marks = new Set<string>();
  for (const priority of [false, true]) {
    for (let grade = 0; grade <= HIGHEST_GRADE; grade += 1) {
      const token = tokens.sign({ ...claims, priority, grade });
      expect(tokens.verify(token)).toEqual({ ...claims, priority, grade });
      marks.add(token.charAt(45));
    }
  }
  expect(marks.size).toBe(2 * (HIGHEST_GRADE + 1));
  for (const grade of [-1, 0.5, HIGHEST_GRADE + 1]) expect(() => tokens.sign({ ...claims, grade })).toThrow(RangeError);
});

test('a reservation id tells when it was made', () => {
  for (const time of [0, 1, Date.now(), 2 ** 48 - 1]) expect(timeOfId(newReservationId('00002a', time))).toBe(time);
});
