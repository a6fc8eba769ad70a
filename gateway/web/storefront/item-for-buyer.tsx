import { defineComponent, toRef } from 'vue';
import type { Sale } from '../shared/api/contract.ts';
import { ItemCard } from './item-card.tsx';
import type { PurchaseState } from './purchase/purchase-state.ts';
import { PurchasePanel } from './purchase-panel.tsx';
import { usePurchase } from './use-purchase.ts';
import { PlacePanel } from './waiting-room/place-panel.tsx';
import type { SharedPlace } from './waiting-room/use-place.ts';

interface ItemForBuyerProps {
  sale: Sale;
  itemId: string;
  /** The buyer's place in the waiting room, if the sale has one. */
  place: SharedPlace | undefined;
}

/** Steps in which the purchase goes on, whatever the waiting room says. */
const UNDER_WAY: ReadonlySet<PurchaseState['step']> = new Set(['trying', 'challenged', 'busy', 'won', 'limit-reached']);

/** An item and the buyer's purchase of it. */
export const ItemForBuyer = defineComponent(
  (props: ItemForBuyerProps) => {
    const purchase = usePurchase(toRef(props, 'sale'), props.itemId, props.place);
    return () => {
      const item = props.sale.items.find(({ itemId }) => itemId === props.itemId);
      if (item === undefined) return null;
      const { place } = props;
      const { step } = purchase.state.value;
      const isOnly = props.sale.items.length === 1;
      const showsPlace = place !== undefined && isOnly && !UNDER_WAY.has(step);
      const isOutside = place !== undefined && (step === 'not-admitted' || step === 'signed-out' || step === 'ended');
      return (
        <ItemCard sale={props.sale} item={item}>
          {showsPlace && <PlacePanel state={place.state.value} sale={props.sale} onJoin={place.join} />}
          {!(isOnly && isOutside) && (
            <PurchasePanel
              state={purchase.state.value}
              sale={props.sale}
              item={item}
              onPress={purchase.press}
              onWithdraw={purchase.withdraw}
              onAgain={purchase.again}
            />
          )}
        </ItemCard>
      );
    };
  },
  { props: ['sale', 'itemId', 'place'] },
);
