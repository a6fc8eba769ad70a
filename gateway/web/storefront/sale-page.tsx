import { defineComponent, watchEffect } from 'vue';
import { words } from '../shared/i18n/language.ts';
import { roomOf } from '../shared/sale/sale-room.ts';
import { ItemForBuyer } from './item-for-buyer.tsx';
import { SaleHead } from './sale-head.tsx';
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
