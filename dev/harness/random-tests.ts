import { randomInt } from 'node:crypto';

/** The environment variables of random tests: `TEST_SEED=7 TEST_EFFORT=10 npm test -- FILE`. */
export const randomTests = {
  /** TEST_SEED, or a new one for each run. A test prints it, so that a failure can be repeated. */
  seed: wholeNumber('TEST_SEED') ?? randomInt(2 ** 31),
  /** Multiplies the number of cases; 1 in an ordinary run. */
  effort: wholeNumber('TEST_EFFORT') ?? 1,
  /** Whether a failing case is reduced to the smallest one that fails, which can take minutes on real servers. Not with TEST_SHRINK=0. */
  shrinks: process.env['TEST_SHRINK'] !== '0',
} as const;

function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${name} is "${text}"; it has to be a whole number from 1 on.`);
}
