/** Calendars differ from UTC by -12 to +14 hours; an hour more, for a provider that books a little later. */
export const WEST_HOURS = 13;
export const EAST_HOURS = 15;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The days that a span of time can fall on, whatever the provider's calendar. */
export function daysOf(from: number, to: number): string[] {
  const days: string[] = [];
  const last = dayOf(to + EAST_HOURS * HOUR_MS);
  for (let at = from - WEST_HOURS * HOUR_MS; dayOf(at) <= last; at += DAY_MS) days.push(dayOf(at));
  return days;
}

/** Whether a day has ended on every calendar. */
export const isOver = (day: string, now: number): boolean => now > Date.parse(day) + DAY_MS + WEST_HOURS * HOUR_MS;
