import './item-card.css';
import type { SetupContext } from 'vue';
import type { Item, Sale } from '../shared/api/contract.ts';
import { now } from '../shared/clock/now.ts';
import { words } from '../shared/i18n/language.ts';
import { saleStateNow } from '../shared/sale/sale-state.ts';
import { ItemPicture } from '../shared/ui/item-picture.tsx';
import { Meter } from '../shared/ui/meter.tsx';
import { sayPrice } from './say-price.ts';

export interface ItemCardProps {
  sale: Sale;
  item: Item;
}

/** An item, the same for every visitor. The slot has the way to buy it. */
export function ItemCard({ sale, item }: ItemCardProps, { slots }: Pick<SetupContext, 'slots'>) {
  const { item: say } = words.value;
  const state = saleStateNow(sale, now.value);
  const left = item.remaining;
  return (
    <article class="item-card card" data-item={item.itemId}>
      <ItemPicture seed={`${item.itemId}${item.title}`} />
      <div class="about">
        <h2>{item.title}</h2>
        <p class="price numbers">
          <b>{sayPrice(item.priceCents, item.currency)}</b>
          <span class="hint">{say.perUser(item.limitPerUser)}</span>
        </p>
        <div class={['stock', 'numbers', { 'stock--idle': state !== 'LIVE' }]}>
          <span>{say.left(left, item.stock)}</span>
          <Meter value={left} max={item.stock} />
        </div>
        {slots['default']?.()}
      </div>
    </article>
  );
}
ItemCard.props = ['sale', 'item'];
