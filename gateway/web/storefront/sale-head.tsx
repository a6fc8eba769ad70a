import './sale-page.css';
import type { Sale } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { words } from '../shared/i18n/language.ts';
import { SALE_TONES, saleStateNow } from '../shared/sale/sale-state.ts';
import { saySaleTime } from '../shared/sale/sale-time.ts';
import { Countdown } from './countdown.tsx';

/** The console's preview uses it too. */
export function SaleHead({ sale }: { sale: Sale }) {
  const { sale: say } = words.value;
  const state = saleStateNow(sale, now.value);
  return (
    <div class="sale-head">
      <div class="what">
        <span class={['badge', SALE_TONES[state]]}>{SALE_WORDS[state]()}</span>
        <h1>{sale.title}</h1>
        <p class="when">{saySaleTime(sale, now.value)}</p>
      </div>
      {state === 'UPCOMING' && <Countdown label={say.startsIn} until={Date.parse(sale.startsAt)} />}
      {(state === 'LIVE' || state === 'PAUSED') && <Countdown label={say.endsIn} until={Date.parse(sale.endsAt)} />}
    </div>
  );
}
SaleHead.props = ['sale'];

const SALE_WORDS = {
  DRAFT: () => words.value.sales.upcoming,
  UPCOMING: () => words.value.sales.upcoming,
  LIVE: () => words.value.sales.live,
  PAUSED: () => words.value.state.paused,
  ENDED: () => words.value.sales.ended,
};
