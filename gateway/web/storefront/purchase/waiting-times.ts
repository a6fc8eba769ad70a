/** Returns a number in [0, 1). */
type Random = () => number;

const BEFORE_START_MS = 2_000;
const LONGEST_WAIT_MS = 8_000;

/**
 * When to fetch the purchase token, ms on the server's clock: at a random moment in the first four fifths of the lead time. So the
 * buyers who watch the countdown do not all ask in the same second, and have two seconds left for a second attempt.
 */
export function tokenTime(opensAt: number, startsAt: number, now: number, random: Random): number {
  const from = Math.max(opensAt, now);
  const until = startsAt - BEFORE_START_MS;
  return until <= from ? from : from + random() * 0.8 * (until - from);
}

/**
 * How long to wait before the next attempt, ms. Never less than the server asked for, and up to a third more, so that buyers who received
 * the same wait do not return at the same moment. If the server gave no time, the wait doubles each time.
 */
export function retryDelay(failures: number, retryAfterMs: number | undefined, random: Random): number {
  if (retryAfterMs !== undefined) return retryAfterMs + random() * Math.max(150, retryAfterMs / 3);
  return Math.min(LONGEST_WAIT_MS, 400 * 2 ** failures) * (0.5 + random());
}
