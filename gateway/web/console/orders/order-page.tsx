import './orders.css';
import { defineComponent, watchEffect } from 'vue';
import type { AdminOrder } from '../../shared/api/contract.ts';
import { readOrder } from '../../shared/api/operator-api.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { ORDER_TONES } from '../../shared/sale/order-tones.ts';
import { formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { nameOfProvider } from '../parts/provider-name.ts';
import { Table } from '../parts/table.tsx';
import { usePolled } from '../parts/use-polled.ts';
import { buyerAddress, FindOrder } from './find-order.tsx';
import { HAPPENINGS, isUnderWay, ORDER_NAMES } from './order-words.ts';
import { RefundsPanel } from './refunds-panel.tsx';
import { SagaPanel } from './saga-panel.tsx';
import { nameOfStep } from './saga-words.ts';

/** While a refund or a saga is under way its page follows it closely. */
const pauseMs = (order: AdminOrder | undefined): number =>
  order?.refunds.some(isUnderWay) === true || order?.saga?.step !== undefined ? 1_000 : 5_000;

export const OrderPage = defineComponent(
  (props: { orderId: string }) => {
    const { value: order, problem, load, show } = usePolled(() => readOrder(props.orderId), pauseMs);
    watchEffect(() => {
      document.title = `${order.value?.title ?? 'Order'} · Seckill console`;
    });
    return () => {
      const shown = order.value;
      return (
        <div class="stack">
          <div class="page-head">
            {shown === undefined ? <h1>Order</h1> : <OrderHead order={shown} />}
            <FindOrder />
          </div>
          {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
          {problem.value?.code === 'NOT_FOUND' && (
            <p>
              <a href={buyerAddress(props.orderId)} data-inside>
                Look for a buyer with this user id
              </a>
            </p>
          )}
          {shown === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '20rem' }} />}
          {shown !== undefined && (
            <div class="halves">
              <div class="stack">
                <RefundsPanel order={shown} onChanged={show} onFailed={load} />
                <SagaPanel order={shown} onChanged={show} onFailed={load} />
              </div>
              <div class="stack">
                <Payments order={shown} />
                <History order={shown} />
              </div>
            </div>
          )}
        </div>
      );
    };
  },
  { props: ['orderId'] },
);

function OrderHead({ order }: { order: AdminOrder }) {
  return (
    <div class="what">
      <div class="title">
        <h1>
          {order.title}
          {order.quantity > 1 && ` × ${order.quantity}`}
        </h1>
        <span class={['badge', ORDER_TONES[order.status]]} role="status">
          {ORDER_NAMES[order.status]}
          {order.reason !== undefined && ` (${order.reason})`}
        </span>
      </div>
      <p class="facts numbers">
        <b>{formatMoney(order.amountCents, order.currency, 'en-GB')}</b>
        <span>
          of{' '}
          <a href={buyerAddress(order.userId)} data-inside>
            {order.userId}
          </a>
        </span>
        <a href={`/console/sales/${order.saleId}`} data-inside>
          Its sale
        </a>
        {order.status === 'PENDING_PAYMENT' && <span>to pay by {formatWhen(order.payBy)}</span>}
        <code>{order.orderId}</code>
      </p>
    </div>
  );
}
OrderHead.props = ['order'];

function Payments({ order: { payments } }: { order: AdminOrder }) {
  return (
    <section class="panel card">
      <header>
        <h2>Payments</h2>
      </header>
      {payments.length === 0 ? (
        <p class="hint">No checkout was opened.</p>
      ) : (
        <Table label="Table of payments" texts={['Provider', 'State', 'Paid']} numbers={['Amount']}>
          {payments.map((payment) => (
            <tr key={payment.paymentId}>
              <td>{nameOfProvider(payment.provider)}</td>
              <td>{payment.status}</td>
              <td class="numbers">{payment.paidAt === undefined ? '–' : formatWhen(payment.paidAt)}</td>
              <td class="number">{formatMoney(payment.amountCents, payment.currency, 'en-GB')}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}
Payments.props = ['order'];

const isOfStep = (what: AdminOrder['timeline'][number]['what']): boolean =>
  what.startsWith('step-') || what === 'saga-stuck' || what === 'saga-retried';

function History({ order: { timeline } }: { order: AdminOrder }) {
  return (
    <section class="panel card">
      <header>
        <h2>History</h2>
      </header>
      <ol class="history">
        {timeline.map(({ at, what, id, note }) => (
          <li>
            <time class="numbers hint" datetime={at}>
              {formatWhen(at)}
            </time>
            <span>
              {isOfStep(what) && `${nameOfStep(id ?? '')}: `}
              {HAPPENINGS[what]}
              {note !== undefined && <span class="hint"> {note}</span>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
History.props = ['order'];
