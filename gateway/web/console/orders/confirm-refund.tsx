import { defineComponent } from 'vue';
import type { AdminOrder, RefundWish } from '../../shared/api/contract.ts';
import { refundOrder } from '../../shared/api/operator-api.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { useCommand } from '../parts/use-command.ts';

export interface RefundRequest {
  wish: Required<RefundWish>;
  /** The idempotency key. */
  id: string;
}

interface ConfirmRefundProps {
  order: AdminOrder;
  request: RefundRequest;
  onRefunded: (order: AdminOrder) => void;
  onFailed: () => void;
  onClose: () => void;
}

/** Says what a refund does, and sends it if the operator agrees. */
export const ConfirmRefund = defineComponent(
  (props: ConfirmRefundProps) => {
    const { isBusy, problem, run } = useCommand(() => props.onFailed());
    const send = () =>
      run(async () => props.onRefunded(await refundOrder(props.order.orderId, props.request.wish, props.request.id)));

    return () => {
      const { order, request } = props;
      const amount = formatMoney(request.wish.amountCents, order.currency, 'en-GB');
      return (
        <Modal title={`Refund ${amount}?`} onClose={props.onClose}>
          <p>{whatFollows(order, request.wish)}</p>
          {problem.value !== undefined && (
            <p class="fault" role="alert">
              {problem.value.message}
            </p>
          )}
          <div class="actions">
            <button type="button" class="button button--bad" disabled={isBusy.value} onClick={() => void send()}>
              Refund {amount}
            </button>
            <button type="button" class="button" onClick={props.onClose}>
              Not now
            </button>
          </div>
        </Modal>
      );
    };
  },
  { props: ['order', 'request', 'onRefunded', 'onFailed', 'onClose'] },
);

function whatFollows(
  { userId, refundableCents, quantity }: AdminOrder,
  { amountCents, returnUnits }: RefundRequest['wish'],
): string {
  const units = quantity === 1 ? 'its unit' : `its ${quantity} units`;
  const then = returnUnits ? `${units} will go back on sale` : `${units} will not go back on sale`;
  return amountCents === refundableCents
    ? `“${userId}” gets all that is left. The order is REFUNDED once the provider has done it, and ${then}.`
    : `“${userId}” keeps the order, which stays PAID. If all its money goes back later, ${then}.`;
}
