import type { NewSale } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { formatDuration } from '../../shared/format/duration.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { formatAge, formatCount } from '../parts/numbers.ts';
import { nameProviders } from '../parts/provider-name.ts';
import { ROOM_DEFAULTS } from './room-draft.ts';
import { type SaleDraft, saleOf } from './sale-draft.ts';
import { warningsOf } from './sale-warnings.ts';

/** The sale in sentences, so that a wrong date or an extra zero stands out. */
export function SaleSummary({ draft, hasFaults }: { draft: SaleDraft; hasFaults: boolean }) {
  if (hasFaults) {
    return (
      <section class="panel card">
        <h2>In words</h2>
        <p class="hint">Once every field is filled in, this describes the sale.</p>
      </section>
    );
  }
  const { startsAt, endsAt, payTimeoutSeconds, rateLimit, priority, paymentProviders, items } = saleOf(draft);
  const stock = items.reduce((sum, item) => sum + item.stock, 0);
  const value = new Map<string, bigint>();
  for (const { currency, priceCents, stock: units } of items)
    value.set(currency, (value.get(currency) ?? 0n) + BigInt(priceCents) * BigInt(units));
  const worth = Array.from(value, ([currency, cents]) => formatMoney(cents, currency, 'en-GB')).join(' and ');
  const warnings = warningsOf(draft, now.value);
  return (
    <section class="panel card">
      <h2>In words</h2>
      <ul class="says">
        <li>
          Starts in <b class="numbers">{formatDuration(Date.parse(startsAt) - now.value)}</b>, and runs for{' '}
          <b>{formatDuration(Date.parse(endsAt) - Date.parse(startsAt))}</b>.
        </li>
        <li>
          <b>{formatCount(stock)}</b> {stock === 1 ? 'unit' : 'units'} of{' '}
          {items.length === 1 ? 'one item' : `${items.length} items`}, worth <b>{worth}</b> at full price.
        </li>
        <li>
          Winners have <b>{formatAge(payTimeoutSeconds)}</b> to pay
          {paymentProviders !== undefined && (
            <>
              , with <b>{nameProviders(paymentProviders)}</b>
            </>
          )}
          .{priority === true && ' Their orders are made before those of other sales.'}
        </li>
        <AdmissionLine sale={saleOf(draft)} />
        <li>
          At most <b>{formatCount(rateLimit.ratePerSecond)}</b> attempts per second get through for each item,{' '}
          <b>{formatCount(rateLimit.burst)}</b> at the very start.
        </li>
      </ul>
      {warnings.length > 0 && (
        <div class="notice tone-wait">
          <strong>Please check</strong>
          {warnings.map((warning) => (
            <p>{warning}</p>
          ))}
        </div>
      )}
    </section>
  );
}
SaleSummary.props = ['draft', 'hasFaults'];

function AdmissionLine({ sale: { admission = 'open', waitingRoom } }: { sale: NewSale }) {
  if (admission === 'open') return null;
  const { claimSeconds = Number(ROOM_DEFAULTS[admission].claimSeconds) } = waitingRoom ?? {};
  return (
    <li>
      {admission === 'queue' ? 'Buyers queue; those who come before the start get a random place.' : 'Buyers enter a draw.'} Each
      has <b>{formatAge(claimSeconds)}</b> to buy when it is their turn.
    </li>
  );
}
AdmissionLine.props = ['sale'];
