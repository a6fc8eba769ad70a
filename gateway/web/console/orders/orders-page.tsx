import './orders.css';
import { FindOrder } from './find-order.tsx';

export function OrdersPage() {
  return (
    <div class="stack">
      <div class="page-head">
        <h1>Orders</h1>
      </div>
      <section class="panel card" aria-label="Find orders">
        <FindOrder />
        <p class="hint">Buyers find the number of an order under “My orders”. You can refund an order on its page.</p>
      </section>
    </div>
  );
}
