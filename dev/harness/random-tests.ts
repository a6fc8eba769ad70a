import { randomInt } from 'node:crypto';

/** What tests that try at random take from the environment: `TEST_SEED=7 TEST_EFFORT=10 npm test -- FILE`. */
export const randomTests = {
  /** Another one each time, unless TEST_SEED names one. A test prints it, so that what failed can be tried again. */
  seed: wholeNumber('TEST_SEED') ?? randomInt(2 ** 31),
  /** How many times the effort of an ordinary run. */
  effort: wholeNumber('TEST_EFFORT') ?? 1,
} as const;

function wholeNumber(name: string): number | undefined {
  const text = process.env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${name} is "${text}"; it has to be a whole number from 1 on.`);
}
