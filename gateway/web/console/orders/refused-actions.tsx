import { defineComponent, shallowRef } from 'vue';
import type { AdminOrder } from '../../shared/api/contract.ts';
import { retryRefund } from '../../shared/api/operator-api.ts';
import { useCommand } from '../parts/use-command.ts';
import { type SettledRefund, SettleRefund } from './settle-refund.tsx';

interface RefusedActionsProps {
  refund: SettledRefund;
  onChanged: (order: AdminOrder, message: string) => void;
  onFailed: () => void;
}

/** What an operator can do about a refused refund: begin another one in its place, or say that the buyer got the money another way. */
export const RefusedActions = defineComponent(
  (props: RefusedActionsProps) => {
    const { isBusy, problem, run } = useCommand(() => props.onFailed());
    const isSettling = shallowRef(false);
    const retry = () =>
      run(async () => {
        const order = await retryRefund(props.refund.orderId, props.refund.refundId);
        props.onChanged(order, 'Another refund was begun in its place. If the provider refuses it too, it appears here.');
      });

    return () => (
      <div class="refused-actions">
        <button type="button" class="button button--small" disabled={isBusy.value} onClick={() => void retry()}>
          Try again
        </button>
        <button
          type="button"
          class="button button--small button--plain"
          disabled={isBusy.value}
          onClick={() => (isSettling.value = true)}
        >
          Settled outside…
        </button>
        {problem.value !== undefined && (
          <p class="fault" role="alert">
            {problem.value.message}
          </p>
        )}
        {isSettling.value && (
          <SettleRefund
            refund={props.refund}
            onSettled={(order: AdminOrder) => {
              isSettling.value = false;
              props.onChanged(order, 'The refund is marked as settled.');
            }}
            onFailed={props.onFailed}
            onClose={() => (isSettling.value = false)}
          />
        )}
      </div>
    );
  },
  { props: ['refund', 'onChanged', 'onFailed'] },
);
