const OLDEST = '00000000-0000-0000-0000-000000000000';
const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A shorter text is more likely the beginning of a user id. */
const NUMBER_MIN_DIGITS = 8;

export type NumberRange = readonly [first: string, last: string];
export const EVERY_NUMBER: NumberRange = [OLDEST, NEWEST];

/** Returns the order numbers that begin with a text; undefined if none does, or too many. */
export function numbersThatBegin(text: string): NumberRange | undefined {
  const number = text.toLowerCase();
  if (number.length < NUMBER_MIN_DIGITS) return undefined;
  const first = `${number}${OLDEST.slice(number.length)}`;
  return UUID.test(first) ? [first, `${number}${NEWEST.slice(number.length)}`] : undefined;
}

/** The words of a search, as titles are compared with them: in lower case and in Unicode's form NFKC. */
export const wordsOf = (text: string): string[] => text.normalize('NFKC').toLowerCase().split(/\s+/).filter(Boolean);
