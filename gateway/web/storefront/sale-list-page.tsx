import './sale-list-page.css';
import { defineComponent } from 'vue';
import type { Sale, SaleState } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { words } from '../shared/i18n/language.ts';
import { saleStateNow } from '../shared/sale/sale-state.ts';
import { SaleLink } from './sale-link.tsx';
import { NoConnection } from './sale-problems.tsx';
import { useSales } from './use-sales.ts';

export const SaleListPage = defineComponent(() => {
  const { sales, problem, loadNow } = useSales();
  const inStates = (...states: SaleState[]) =>
    (sales.value ?? [])
      .filter((sale) => states.includes(saleStateNow(sale, now.value)))
      .sort((a, b) => Date.parse(a.startsAt) - Date.parse(b.startsAt));
  return () => {
    const { sales: say } = words.value;
    return (
      <div class="stack">
        <h1>{say.title}</h1>
        {problem.value !== undefined && <NoConnection onRetry={loadNow} />}
        {sales.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '9rem' }} />}
        {sales.value?.length === 0 && (
          <div class="empty">
            <h2>{say.none}</h2>
            <p>{say.noneHint}</p>
          </div>
        )}
        <SaleGroup title={say.live} sales={inStates('LIVE', 'PAUSED')} />
        <SaleGroup title={say.upcoming} sales={inStates('UPCOMING')} />
        <SaleGroup title={say.ended} sales={inStates('ENDED').reverse()} />
      </div>
    );
  };
});

function SaleGroup({ title, sales }: { title: string; sales: Sale[] }) {
  if (sales.length === 0) return null;
  return (
    <section class="sale-list">
      <h2>{title}</h2>
      {sales.map((sale) => (
        <SaleLink key={sale.saleId} sale={sale} />
      ))}
    </section>
  );
}
SaleGroup.props = ['title', 'sales'];
