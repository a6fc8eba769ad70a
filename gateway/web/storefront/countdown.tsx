import './countdown.css';
import { now } from '../shared/clock/now.ts';
import { formatDuration, splitDuration, twoDigits } from '../shared/format/duration.ts';
import { words } from '../shared/i18n/language.ts';

const SOON_MS = 60_000;

/** Time left until `until`, ms on the server's clock. A screen reader reads it on request, not every second. */
export function Countdown({ label, until }: { label: string; until: number }) {
  const left = until - now.value;
  const { days, hours, minutes, seconds } = splitDuration(left);
  const { sale: say } = words.value;
  const cells: [number, string][] = [
    [hours, say.hours],
    [minutes, say.minutes],
    [seconds, say.seconds],
  ];
  if (days > 0) cells.unshift([days, say.days]);
  return (
    <div
      class={['countdown', { 'countdown--soon': left < SOON_MS }]}
      role="timer"
      aria-label={`${label} ${formatDuration(left)}`}
    >
      <span class="label" aria-hidden="true">
        {label}
      </span>
      <div class="cells" aria-hidden="true">
        {cells.map(([value, unit]) => (
          <div class="cell">
            <b>{twoDigits(value)}</b>
            <span>{unit}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
Countdown.props = ['label', 'until'];
