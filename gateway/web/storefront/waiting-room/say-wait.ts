import type { Ticket } from '../../shared/api/contract.ts';
import { words } from '../../shared/i18n/language.ts';

const HOUR_SECONDS = 3_600;
/** From here on a range in hours is as exact as the estimate. */
const MINUTES_UNTIL = 2 * HOUR_SECONDS;

/** The estimated wait as a range that is never narrower than the estimate: the lower end is rounded down, the upper one up. */
export function sayWait({ etaSeconds, etaFromSeconds = etaSeconds, etaToSeconds = etaSeconds }: Ticket): string {
  const say = words.value.room.waitOf;
  if (etaFromSeconds === undefined || etaToSeconds === undefined) return say.unknown;
  if (etaToSeconds < 60) return say.under;
  const [say1, unit] = etaToSeconds < MINUTES_UNTIL ? [say.minutes, 60] : [say.hours, HOUR_SECONDS];
  return say1(Math.max(1, Math.floor(etaFromSeconds / unit)), Math.ceil(etaToSeconds / unit));
}
