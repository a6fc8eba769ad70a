import { defineComponent, toRef } from 'vue';
import type { Sale } from '../shared/api/contract.ts';
import { ItemCard } from './item-card.tsx';
import { PurchasePanel } from './purchase-panel.tsx';
import { usePurchase } from './use-purchase.ts';

/** An item and the buyer's purchase of it. */
export const ItemForBuyer = defineComponent(
  (props: { sale: Sale; itemId: string }) => {
    const purchase = usePurchase(toRef(props, 'sale'), props.itemId);
    return () => {
      const item = props.sale.items.find(({ itemId }) => itemId === props.itemId);
      if (item === undefined) return null;
      return (
        <ItemCard sale={props.sale} item={item}>
          <PurchasePanel
            state={purchase.state.value}
            sale={props.sale}
            item={item}
            onPress={purchase.press}
            onWithdraw={purchase.withdraw}
            onAgain={purchase.again}
          />
        </ItemCard>
      );
    };
  },
  { props: ['sale', 'itemId'] },
);
