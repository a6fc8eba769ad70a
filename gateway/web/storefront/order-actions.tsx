import { defineComponent, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../shared/api/api-problem.ts';
import { cancelOrder, startPayment } from '../shared/api/buyer-api.ts';
import { words } from '../shared/i18n/language.ts';
import { sayProblem } from '../shared/i18n/say-answer.ts';
import { Modal } from '../shared/ui/modal.tsx';

/** Pays or cancels an order. The caller follows the order and shows the result. */
export const OrderActions = defineComponent(
  (props: { orderId: string; onDone?: () => void }) => {
    const problem = shallowRef<ApiProblem>();
    const isBusy = shallowRef(false);
    const isAsking = shallowRef(false);
    const checkoutUrl = shallowRef<string>();

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

    function pay(): void {
      // The click opens the tab: browsers block a tab that is opened after the answer.
      const tab = window.open('', '_blank');
      void attempt(async () => {
        try {
          const { checkoutUrl: url } = await startPayment(props.orderId);
          if (!/^https?:/.test(url)) throw new Error(`The checkout has no web address: ${url}`);
          checkoutUrl.value = url;
          if (tab === null) return;
          tab.opener = null;
          tab.location.href = url;
        } catch (error) {
          tab?.close();
          throw error;
        }
      });
    }

    function cancel(): void {
      isAsking.value = false;
      void attempt(async () => {
        await cancelOrder(props.orderId);
      });
    }

    return () => {
      const { button, reservation: say, orders } = words.value;
      return (
        <>
          <div class="actions">
            <button type="button" class="button button--act" disabled={isBusy.value} onClick={pay}>
              {button.pay}
            </button>
            <button type="button" class="button button--plain" disabled={isBusy.value} onClick={() => (isAsking.value = true)}>
              {button.cancel}
            </button>
          </div>
          {checkoutUrl.value !== undefined && (
            <p class="hint" role="status">
              {say.paying}{' '}
              <a href={checkoutUrl.value} target="_blank" rel="noopener">
                {say.openCheckout}
              </a>
            </p>
          )}
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
  { props: ['orderId', 'onDone'] },
);
