import './orders.css';
import { defineComponent } from 'vue';
import type { Order } from '../../shared/api/contract.ts';
import { listOrders } from '../../shared/api/operator-api.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { ORDER_TONES } from '../../shared/sale/order-tones.ts';
import { formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';
import { usePolledList } from '../parts/use-polled.ts';
import { FindOrder, orderAddress } from './find-order.tsx';
import { ORDER_NAMES } from './order-words.ts';

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
            <Table label="Table of orders" texts={['Item', 'State', 'Ordered', 'Number']} numbers={['Amount']}>
              {rows.value.map((order) => (
                <OrderLine key={order.orderId} order={order} />
              ))}
            </Table>
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

function OrderLine({ order }: { order: Order }) {
  return (
    <tr>
      <td>
        <a href={orderAddress(order.orderId)} data-inside>
          {order.title}
        </a>
        {order.quantity > 1 && ` × ${order.quantity}`}
      </td>
      <td>
        <span class={['badge', ORDER_TONES[order.status]]}>{ORDER_NAMES[order.status]}</span>
      </td>
      <td class="numbers">{formatWhen(order.createdAt)}</td>
      <td>
        <code>{order.orderId}</code>
      </td>
      <td class="number">{formatMoney(order.amountCents, order.currency, 'en-GB')}</td>
    </tr>
  );
}
OrderLine.props = ['order'];
