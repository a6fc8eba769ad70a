import './sale-page.css';
import { defineComponent, watchEffect } from 'vue';
import type { Sale } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { words } from '../shared/i18n/language.ts';
import { roomOf } from '../shared/sale/sale-room.ts';
import { SALE_TONES, saleStateNow } from '../shared/sale/sale-state.ts';
import { saySaleTime } from '../shared/sale/sale-time.ts';
import { Countdown } from './countdown.tsx';
import { ItemForBuyer } from './item-for-buyer.tsx';
import { NoConnection, SaleNotFound } from './sale-problems.tsx';
import { useSale } from './use-sale.ts';
import { PlacePanel } from './waiting-room/place-panel.tsx';
import { usePlace } from './waiting-room/use-place.ts';

export const SalePage = defineComponent(
  (props: { saleId: string }) => {
    const { sale, problem, loadNow } = useSale(props.saleId);
    const place = usePlace(sale);
    watchEffect(() => {
      if (sale.value === undefined) return;
      const title = `${sale.value.title} · Seckill`;
      document.title = place.isTurn.value ? `(!) ${words.value.room.turn} · ${title}` : title;
    });
    return () => {
      const shown = sale.value;
      if (problem.value?.code === 'NOT_FOUND' || problem.value?.code === 'VALIDATION_FAILED') return <SaleNotFound />;
      if (shown === undefined) return problem.value === undefined ? <Loading /> : <NoConnection onRetry={loadNow} />;
      return (
        <>
          {problem.value !== undefined && <NoConnection onRetry={loadNow} />}
          <SaleHead sale={shown} />
          {roomOf(shown) !== undefined && shown.items.length > 1 && (
            <div class="place-of-all card">
              <PlacePanel state={place.state.value} sale={shown} onJoin={place.join} />
            </div>
          )}
          <div class={['items', { 'items--single': shown.items.length === 1 }]}>
            {shown.items.map((item) => (
              <ItemForBuyer
                key={item.itemId}
                sale={shown}
                itemId={item.itemId}
                place={roomOf(shown) === undefined ? undefined : place}
              />
            ))}
          </div>
        </>
      );
    };
  },
  { props: ['saleId'] },
);

const Loading = () => (
  <div class="stack" aria-busy="true">
    <div class="skeleton" style={{ height: '6rem' }} />
    <div class="items">
      <div class="skeleton" />
      <div class="skeleton" />
    </div>
  </div>
);

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
