/** A user id as one token of a NATS subject: `.`, `*`, `>` and blanks would end or widen it. */
export function subjectToken(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, (char) => `=${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
