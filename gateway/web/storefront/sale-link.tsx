import type { Sale } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { formatDuration } from '../shared/format/duration.ts';
import { words } from '../shared/i18n/language.ts';
import { saleStateNow } from '../shared/sale/sale-state.ts';
import { saySaleTime } from '../shared/sale/sale-time.ts';
import { ItemPicture } from '../shared/ui/item-picture.tsx';
import { Meter } from '../shared/ui/meter.tsx';
import { sayPrice } from './say-price.ts';

/** A sale in the list of sales. */
export function SaleLink({ sale }: { sale: Sale }) {
  const { sales: say, sale: saySale, item: sayItem, state: sayState } = words.value;
  const state = saleStateNow(sale, now.value);
  const [first] = sale.items;
  const left = sale.items.reduce((sum, { remaining }) => sum + remaining, 0);
  const stock = sale.items.reduce((sum, item) => sum + item.stock, 0);
  const until = Date.parse(state === 'UPCOMING' ? sale.startsAt : sale.endsAt);
  return (
    <a class="sale-link card" href={`/sale/${sale.saleId}`} data-inside data-state={state}>
      <ItemPicture seed={`${first?.itemId}${first?.title}`} />
      <span class="what">
        <h3>{sale.title}</h3>
        <span class="hint numbers">
          {say.items(sale.items.length)} · {priceOf(sale)}
        </span>
        <span class="hint numbers">{saySaleTime(sale, now.value)}</span>
      </span>
      {state !== 'ENDED' && (
        <span class="now numbers">
          <span class="time">
            <small>{state === 'UPCOMING' ? saySale.startsIn : state === 'PAUSED' ? sayState.paused : saySale.endsIn}</small>
            {formatDuration(until - now.value)}
          </span>
          <span class="left">
            <small>{left === 0 ? sayState.soldOut : sayItem.left(left, stock)}</small>
            <Meter value={left} max={stock} />
          </span>
        </span>
      )}
    </a>
  );
}
SaleLink.props = ['sale'];

/** The lowest price, and whether there are others. If the items have several currencies, the first one counts. */
function priceOf({ items }: Sale): string {
  const currency = items[0]?.currency ?? '';
  const prices = items.filter((item) => item.currency === currency).map(({ priceCents }) => priceCents);
  const lowest = sayPrice(Math.min(...prices), currency);
  return items.every(({ priceCents }) => priceCents === items[0]?.priceCents) ? lowest : words.value.sales.from(lowest);
}
