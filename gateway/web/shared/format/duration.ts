export interface DurationParts {
  days: number;
  hours: number;
  minutes: number;
  seconds: number;
}

/** Rounds up to whole seconds, so a countdown shows 00:01 until the end, and zero only at zero. */
export function splitDuration(ms: number): DurationParts {
  const total = Math.max(0, Math.ceil(ms / 1000));
  return {
    days: Math.floor(total / 86_400),
    hours: Math.floor(total / 3600) % 24,
    minutes: Math.floor(total / 60) % 60,
    seconds: total % 60,
  };
}

export const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** `mm:ss`, or `h:mm:ss` from one hour. */
export function formatDuration(ms: number): string {
  const { days, hours, minutes, seconds } = splitDuration(ms);
  const allHours = days * 24 + hours;
  const tail = `${twoDigits(minutes)}:${twoDigits(seconds)}`;
  return allHours > 0 ? `${allHours}:${tail}` : tail;
}
