import { defineComponent, shallowRef } from 'vue';
import type { AdminOrder, AdminRefund } from '../../shared/api/contract.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { formatCount, formatWhen } from '../parts/numbers.ts';
import { useAnnouncement } from '../parts/use-announcement.ts';
import { REFUND_REASONS, REFUND_STATES } from './order-words.ts';
import { RefundForm } from './refund-form.tsx';
import { RefusedActions } from './refused-actions.tsx';

interface RefundsPanelProps {
  order: AdminOrder;
  onChanged: (order: AdminOrder) => void;
  /** A command failed, and its outcome may be unknown. */
  onFailed: () => void;
}

/** The refunds of an order, and a form for another one while there is money to give back. */
export const RefundsPanel = defineComponent(
  (props: RefundsPanelProps) => {
    const { said, heading, announce } = useAnnouncement();
    /** Each refund begins a new form. */
    const refunded = shallowRef(0);
    const change = (order: AdminOrder, message: string) => void announce(message, () => props.onChanged(order));

    return () => {
      const { order } = props;
      return (
        <section class="panel card">
          <header>
            <h2 ref={heading} tabindex={-1}>
              Refunds
            </h2>
          </header>
          <p class="hint" role="status">
            {said.value !== '' || order.refunds.length > 0 ? said.value : 'No money has gone back.'}
          </p>
          {order.refunds.length > 0 && (
            <ol class="refunds">
              {order.refunds.map((refund) => (
                <RefundRow key={refund.refundId} refund={refund}>
                  {refund.state !== 'REFUSED' || refund.retriedBy !== undefined ? null : (
                    <RefusedActions
                      refund={{ ...refund, orderId: order.orderId }}
                      onChanged={(next: AdminOrder, message: string) => change(next, message)}
                      onFailed={props.onFailed}
                    />
                  )}
                </RefundRow>
              ))}
            </ol>
          )}
          {order.refundableCents > 0 && (
            <RefundForm
              key={refunded.value}
              order={order}
              onRefunded={(next: AdminOrder) => {
                refunded.value += 1;
                change(next, 'The refund was begun.');
              }}
              onFailed={props.onFailed}
            />
          )}
          {order.status === 'PAID' && order.refundableCents === 0 && (
            <p class="hint">
              {order.amountCents === 0
                ? 'It was free: there is no money to give back.'
                : 'All its money goes back, or has gone back.'}
            </p>
          )}
          {order.status === 'PENDING_PAYMENT' && <p class="hint">It is not paid yet, so there is no money to give back.</p>}
        </section>
      );
    };
  },
  { props: ['order', 'onChanged', 'onFailed'] },
);

function RefundRow({ refund }: { refund: AdminRefund }, { slots }: { slots: { default?: () => unknown } }) {
  const { name, tone } = standingOf(refund);
  const { at, says } = whenOf(refund);
  return (
    <li data-state={refund.state}>
      <p class="sum">
        <b class="numbers">{formatMoney(refund.amountCents, refund.currency, 'en-GB')}</b>
        <span class={['badge', tone]}>{name}</span>
      </p>
      {refund.refusedReason !== undefined && <p>The provider said: {refund.refusedReason}</p>}
      {refund.settledBy !== undefined && (
        <p>
          Settled outside by {refund.settledBy}: {refund.settledNote}
        </p>
      )}
      <p>{refund.note === undefined ? REFUND_REASONS[refund.reason] : `“${refund.note}”`}</p>
      <p class="facts numbers">
        {refund.requestedBy !== undefined && <span>asked for by {refund.requestedBy}</span>}
        <span>
          {says} {formatWhen(at)}
        </span>
        <span>{refund.attempts === 1 ? '1 attempt' : `${formatCount(refund.attempts)} attempts`}</span>
        {refund.nextTryAt !== undefined && refund.attempts > 0 && <span>next at {formatWhen(refund.nextTryAt)}</span>}
        {refund.reason === 'operator' && <span>{refund.returnUnits ? 'returns the units' : 'does not return the units'}</span>}
      </p>
      {slots.default?.()}
    </li>
  );
}
RefundRow.props = ['refund'];

function standingOf({ state, retriedBy, settledBy }: AdminRefund): { name: string; tone: string } {
  if (retriedBy !== undefined) return { name: 'Refused, tried again', tone: 'tone-quiet' };
  return settledBy === undefined ? REFUND_STATES[state] : { name: 'Settled outside', tone: 'tone-good' };
}

function whenOf({ createdAt, doneAt, refusedAt }: AdminRefund): { says: string; at: string } {
  if (doneAt !== undefined) return { says: 'done', at: doneAt };
  return refusedAt === undefined ? { says: 'decided', at: createdAt } : { says: 'refused', at: refusedAt };
}
