import './orders.css';
import { defineComponent } from 'vue';
import { listOrders } from '../../shared/api/operator-api.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { usePolledList } from '../parts/use-polled.ts';
import { FindOrder } from './find-order.tsx';
import { OrderTable } from './order-table.tsx';

/** A buyer's orders, newest first. */
export const BuyerOrdersPage = defineComponent(
  (props: { userId: string }) => {
    const { rows, hasMore, problem, load, loadMore } = usePolledList(async (cursor) => {
      const { orders, nextCursor } = await listOrders(props.userId, cursor);
      return { rows: orders, nextCursor };
    });
    return () => (
      <div class="stack">
        <div class="page-head">
          <h1>Orders of “{props.userId}”</h1>
          <FindOrder />
        </div>
        {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
        {rows.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '10rem' }} />}
        {rows.value?.length === 0 && (
          <div class="empty">
            <h2>No orders</h2>
            <p>No buyer with this user id has an order. Order numbers have 36 characters.</p>
          </div>
        )}
        {rows.value !== undefined && rows.value.length > 0 && (
          <section class="panel card" aria-label="Orders">
            <OrderTable orders={rows.value} />
          </section>
        )}
        {hasMore.value && (
          <button type="button" class="button" onClick={loadMore}>
            Show older orders
          </button>
        )}
      </div>
    );
  },
  { props: ['userId'] },
);
