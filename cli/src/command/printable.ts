/** Everything that moves a cursor, changes colours or turns the direction of writing, except the line feed. */
const CONTROLS = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Returns text as an operator's terminal may show it: a user id or a dead message may hold anything. */
export function printable(text: string): string {
  return text.replace(CONTROLS, (char) =>
    char === '\n' ? char : `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
