import { defineComponent } from 'vue';
import { searchOrders } from '../../shared/api/operator-api.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { usePolledList } from '../parts/use-polled.ts';
import { isWide, type OrderFilter, queryOf } from './order-filter.ts';
import { OrderTable } from './order-table.tsx';

/** The orders that fit a filter, newest first. */
export const FoundOrders = defineComponent(
  (props: { filter: OrderFilter }) => {
    const { rows, hasMore, problem, load, loadMore } = usePolledList(async (cursor) => {
      const { orders, nextCursor } = await searchOrders(queryOf(props.filter), cursor);
      return { rows: orders, nextCursor };
    });
    return () => (
      <>
        {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
        {rows.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '10rem' }} />}
        {rows.value?.length === 0 && (
          <div class="empty">
            <h2>{hasMore.value ? 'None so far' : 'No orders'}</h2>
            <p>{emptyText(props.filter, hasMore.value)}</p>
          </div>
        )}
        {rows.value !== undefined && rows.value.length > 0 && (
          <section class="panel card" aria-label="Orders">
            <OrderTable orders={rows.value} withBuyers />
          </section>
        )}
        {hasMore.value && (
          <button type="button" class="button" onClick={loadMore}>
            Show older orders
          </button>
        )}
      </>
    );
  },
  { props: ['filter'] },
);

function emptyText(filter: OrderFilter, hasMore: boolean): string {
  if (hasMore) return 'None of the newest orders fits. Look through older ones.';
  if (isWide(filter)) return 'No buyer has an order yet.';
  return 'No order fits. A user id or an order number is found by its beginning, a title by any part of it.';
}
