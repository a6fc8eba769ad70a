import './orders.css';
import { defineComponent, shallowRef } from 'vue';
import { go } from '../../shared/ui/router.ts';
import { isOrderNumber, orderAddress } from './find-order.tsx';
import { FoundOrders } from './found-orders.tsx';
import { filterInAddress, type OrderFilter, showInAddress } from './order-filter.ts';
import { OrderSearch } from './order-search.tsx';

/** Finds orders of all buyers. The search is in the address, so the way back from an order leads to it. */
export const OrdersPage = defineComponent(() => {
  const filter = shallowRef(filterInAddress());

  function search(wanted: OrderFilter): void {
    if (isOrderNumber(wanted.q)) {
      go(orderAddress(wanted.q.toLowerCase()));
      return;
    }
    filter.value = wanted;
    showInAddress(wanted);
  }

  return () => (
    <div class="stack">
      <div class="page-head">
        <h1>Orders</h1>
      </div>
      <section class="panel card" aria-label="Find orders">
        <OrderSearch filter={filter.value} onSearch={search} />
        <p class="hint">Buyers find the number of an order under “My orders”. You can refund an order on its page.</p>
      </section>
      <FoundOrders key={JSON.stringify(filter.value)} filter={filter.value} />
    </div>
  );
});
