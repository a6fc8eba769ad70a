/** Random is a number in [0, 1). */
type Random = () => number;

const BEFORE_START_MS = 2_000;
const LONGEST_WAIT_MS = 8_000;

/**
 * When to fetch the purchase token, on the server's clock: somewhere in the first four fifths of the lead time, so that all the
 * buyers who watch the countdown do not ask in the same second, and have two seconds left for a second try.
 */
export function tokenTime(opensAt: number, startsAt: number, now: number, random: Random): number {
  const from = Math.max(opensAt, now);
  const until = startsAt - BEFORE_START_MS;
  return until <= from ? from : from + random() * 0.8 * (until - from);
}

/**
 * How long to wait before the next try, ms. Never less than the server asked for; up to a third more, since everybody else was asked
 * to come back at the same moment. Where it asked for nothing, twice as long each time.
 */
export function retryDelay(failures: number, retryAfterMs: number | undefined, random: Random): number {
  if (retryAfterMs !== undefined) return retryAfterMs + random() * Math.max(150, retryAfterMs / 3);
  return Math.min(LONGEST_WAIT_MS, 400 * 2 ** failures) * (0.5 + random());
}
