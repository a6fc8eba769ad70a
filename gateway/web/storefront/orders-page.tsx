import './orders-page.css';
import { defineComponent } from 'vue';
import type { Order } from '../shared/api/contract.ts';
import { words } from '../shared/i18n/language.ts';
import { session } from '../shared/session/session.ts';
import { OrderRow } from './order-row.tsx';
import { NoConnection } from './sale-problems.tsx';
import { askToSignIn } from './sign-in-dialog.tsx';
import { useOrders } from './use-orders.ts';

export const OrdersPage = defineComponent(() => {
  const { orders, problem, hasMore, load, loadMore } = useOrders();
  return () => {
    const { orders: say, nav } = words.value;
    return (
      <div class="stack">
        <h1>{say.title}</h1>
        {session.value === undefined ? (
          <div class="empty">
            <h2>{say.signedOut}</h2>
            <button type="button" class="button button--act" onClick={askToSignIn}>
              {nav.signIn}
            </button>
          </div>
        ) : (
          <>
            {problem.value !== undefined && <NoConnection onRetry={load} />}
            {orders.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '8rem' }} />}
            {orders.value?.length === 0 && (
              <div class="empty">
                <h2>{say.none}</h2>
                <p>{say.noneHint}</p>
              </div>
            )}
            {unpaidFirst(orders.value ?? []).map((order) => (
              <OrderRow key={order.orderId} order={order} onChanged={load} />
            ))}
            {hasMore.value && (
              <button type="button" class="button" onClick={loadMore}>
                {say.more}
              </button>
            )}
          </>
        )}
      </div>
    );
  };
});

/** Orders to pay first, by deadline, then the newest. */
function unpaidFirst(orders: readonly Order[]): Order[] {
  const isUnpaid = ({ status }: Order) => status === 'PENDING_PAYMENT';
  return [...orders.filter(isUnpaid), ...orders.filter((order) => !isUnpaid(order))];
}
