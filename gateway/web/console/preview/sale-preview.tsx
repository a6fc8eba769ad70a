import './preview.css';
import type { AdminSale, Sale } from '../../shared/api/contract.ts';
import { now } from '../../shared/clock/now.ts';
import { words } from '../../shared/i18n/language.ts';
import { ItemCard } from '../../storefront/item-card.tsx';
import { SaleHead } from '../../storefront/sale-head.tsx';

type Previewed = Pick<AdminSale, 'title' | 'startsAt' | 'endsAt' | 'payTimeoutSeconds' | 'tokenLeadSeconds' | 'admission'> & {
  items: Omit<AdminSale['items'][number], 'sold'>[];
};

const LABELS = {
  open: () => words.value.button.queue,
  queue: () => words.value.room.join,
  draw: () => words.value.room.enter,
} as const;

/** The sale as buyers will see it, made of the storefront's components. Its buttons do nothing. */
export function SalePreview({ sale }: { sale: Previewed }) {
  const shown: Sale = {
    ...sale,
    admission: sale.admission ?? 'open',
    saleId: '',
    state: 'UPCOMING',
    paymentProviders: [],
    items: sale.items.map((item) => ({ ...item, remaining: item.stock })),
    serverTime: new Date(now.value).toISOString(),
  };
  return (
    <section class="panel card preview" aria-label="Preview">
      <header>
        <h2>As buyers will see it</h2>
      </header>
      <div class="stage" inert>
        <SaleHead sale={shown} />
        <div class="items">
          {shown.items.map((item) => (
            <ItemCard sale={shown} item={item}>
              <button type="button" class="button button--act button--big button--wide">
                {LABELS[shown.admission ?? 'open']()}
              </button>
            </ItemCard>
          ))}
        </div>
      </div>
    </section>
  );
}
SalePreview.props = ['sale'];
