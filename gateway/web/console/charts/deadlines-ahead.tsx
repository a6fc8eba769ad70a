import './deadlines-ahead.css';
import type { SaleFrame } from '../../shared/api/contract.ts';
import { formatAge, formatCompact, formatCount } from '../parts/numbers.ts';

/** Room for the number above the highest bar. */
const HIGHEST_PERCENT = 82;

/** When unpaid orders will be cancelled: from now (left) to the full time to pay (right). */
export function DeadlinesAhead({ frame, payTimeoutSeconds }: { frame: SaleFrame | undefined; payTimeoutSeconds: number }) {
  const ahead = frame?.deadlines?.ahead ?? [];
  const most = Math.max(1, ...ahead);
  const sum = ahead.reduce((total, orders) => total + orders, 0);
  const sliceSeconds = payTimeoutSeconds / Math.max(1, ahead.length);
  return (
    <figure class="chart card">
      <header>
        <h3>Payment deadlines ahead</h3>
      </header>
      {sum === 0 ? (
        <div class="canvas">
          <p class="waiting">
            {frame?.orders === undefined ? 'Waiting for the first figures' : 'No order waits for its payment'}
          </p>
        </div>
      ) : (
        <ol class="deadlines">
          {ahead.map((orders, i) => (
            <li>
              <span aria-hidden="true">{orders === 0 ? '' : formatCompact(orders)}</span>
              <span class="bar" style={{ height: `${(orders / most) * HIGHEST_PERCENT}%` }} aria-hidden="true" />
              <span class="hidden-text">
                {formatCount(orders)} within {formatAge(Math.round((i + 1) * sliceSeconds))}
              </span>
            </li>
          ))}
        </ol>
      )}
      <p class="deadlines-scale" aria-hidden="true">
        <span>now</span>
        <span>in {formatAge(Math.round(payTimeoutSeconds / 2))}</span>
        <span>in {formatAge(payTimeoutSeconds)}</span>
      </p>
      <figcaption>
        <ul class="legend">
          <li data-series="deadlines">
            <span class="swatch" style={{ '--swatch': 'var(--c-pending)' }} />
            Orders due <b>{formatCount(sum)}</b>
          </li>
        </ul>
      </figcaption>
    </figure>
  );
}
DeadlinesAhead.props = ['frame', 'payTimeoutSeconds'];
