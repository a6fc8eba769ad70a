/** Delays that a token can carry, ms. A rule's delay counts as the next longer one. */
export const SLOW_STEPS_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000] as const;
/** How hard a challenge is: 1 takes a laptop a fraction of a second, 2 about a second, 3 several seconds. */
export const DIFFICULTIES = [1, 2, 3] as const;
export type Difficulty = (typeof DIFFICULTIES)[number];

/** What a purchase token carries of the risk: 0 for none, then the delays, then the challenges. A higher grade is stricter. */
export type RiskGrade = number;
export const NO_RISK: RiskGrade = 0;
const FIRST_CHALLENGE = 1 + SLOW_STEPS_MS.length;
export const HIGHEST_GRADE: RiskGrade = SLOW_STEPS_MS.length + DIFFICULTIES.length;

/** Returns the grade of a delay in ms; of the longest one if it is longer than all. */
export function slowGrade(delayMs: number): RiskGrade {
  const step = SLOW_STEPS_MS.findIndex((ms) => ms >= delayMs);
  return step < 0 ? SLOW_STEPS_MS.length : step + 1;
}

export function challengeGrade(difficulty: Difficulty): RiskGrade {
  return FIRST_CHALLENGE + DIFFICULTIES.indexOf(difficulty);
}

/** Returns the delay of a grade in ms; 0 if it has none. */
export function delayMsOf(grade: RiskGrade): number {
  return SLOW_STEPS_MS[grade - 1] ?? 0;
}

/** Returns the difficulty of a grade's challenge; undefined if it has none. */
export function difficultyOf(grade: RiskGrade): Difficulty | undefined {
  return DIFFICULTIES[grade - FIRST_CHALLENGE];
}
