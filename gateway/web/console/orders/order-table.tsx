import type { ListedOrder } from '../../shared/api/contract.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { ORDER_TONES } from '../../shared/sale/order-tones.ts';
import { formatWhen } from '../parts/numbers.ts';
import { Table } from '../parts/table.tsx';
import { buyerAddress, orderAddress } from './find-order.tsx';
import { ORDER_NAMES } from './order-words.ts';

/** Orders, one in a line. `withBuyers`: they are of several buyers. */
export function OrderTable({ orders, withBuyers = false }: { orders: readonly ListedOrder[]; withBuyers?: boolean }) {
  const texts = ['Item', ...(withBuyers ? ['Buyer'] : []), 'State', 'Ordered', 'Number'];
  return (
    <Table label="Table of orders" texts={texts} numbers={['Amount']}>
      {orders.map((order) => (
        <OrderLine key={order.orderId} order={order} withBuyer={withBuyers} />
      ))}
    </Table>
  );
}
OrderTable.props = ['orders', 'withBuyers'];

function OrderLine({ order, withBuyer }: { order: ListedOrder; withBuyer: boolean }) {
  return (
    <tr>
      <td>
        <a href={orderAddress(order.orderId)} data-inside>
          {order.title}
        </a>
        {order.quantity > 1 && ` × ${order.quantity}`}
      </td>
      {withBuyer && (
        <td class="buyer">
          <a href={buyerAddress(order.userId)} data-inside>
            {order.userId}
          </a>
        </td>
      )}
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
OrderLine.props = ['order', 'withBuyer'];
