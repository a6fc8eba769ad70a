import { defineComponent, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../shared/api/api-problem.ts';
import { cancelOrder } from '../shared/api/buyer-api.ts';
import { words } from '../shared/i18n/language.ts';
import { sayProblem } from '../shared/i18n/say-answer.ts';
import { Modal } from '../shared/ui/modal.tsx';
import { PayButtons } from './pay-buttons.tsx';

/** Pays or cancels an order. The caller follows the order and shows the result. */
export const OrderActions = defineComponent(
  (props: { orderId: string; providers: readonly string[]; onDone?: () => void }) => {
    const problem = shallowRef<ApiProblem>();
    const isBusy = shallowRef(false);
    const isAsking = shallowRef(false);

    async function attempt(work: () => Promise<void>): Promise<void> {
      isBusy.value = true;
      problem.value = undefined;
      try {
        await work();
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        isBusy.value = false;
        props.onDone?.();
      }
    }

    function cancel(): void {
      isAsking.value = false;
      void attempt(async () => {
        await cancelOrder(props.orderId);
      });
    }

    return () => {
      const { button, orders } = words.value;
      return (
        <>
          <PayButtons
            orderId={props.orderId}
            providers={props.providers}
            isBusy={isBusy.value}
            attempt={(work: () => Promise<void>) => void attempt(work)}
          />
          <div class="actions">
            <button type="button" class="button button--plain" disabled={isBusy.value} onClick={() => (isAsking.value = true)}>
              {button.cancel}
            </button>
          </div>
          {problem.value !== undefined && (
            <p class="fault" role="alert">
              {sayProblem(problem.value)}
            </p>
          )}
          {isAsking.value && (
            <Modal title={orders.confirmCancel} onClose={() => (isAsking.value = false)}>
              <p>{orders.confirmCancelHint}</p>
              <div class="actions">
                <button type="button" class="button button--bad" onClick={cancel}>
                  {button.cancel}
                </button>
                <button type="button" class="button" onClick={() => (isAsking.value = false)}>
                  {button.keep}
                </button>
              </div>
            </Modal>
          )}
        </>
      );
    };
  },
  { props: ['orderId', 'providers', 'onDone'] },
);
