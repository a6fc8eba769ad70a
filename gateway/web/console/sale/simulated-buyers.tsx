import { defineComponent, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { AdminSale } from '../../shared/api/contract.ts';
import { sendSimulatedBuyers } from '../../shared/api/operator-api.ts';
import { now } from '../../shared/clock/now.ts';
import { saleStateNow } from '../../shared/sale/sale-state.ts';
import { simulatedBuyers } from '../../shared/session/page-settings.ts';
import { formatCount } from '../parts/numbers.ts';

const CROWDS = [100, 1_000, 5_000] as const;

/** `npm start` can simulate buyers over HTTP. Other deployments cannot, so they show no button. */
export const SimulatedBuyers = defineComponent(
  (props: { sale: AdminSale }) => {
    const sent = shallowRef(0);
    const isBusy = shallowRef(false);
    const problem = shallowRef<ApiProblem>();

    async function send(buyers: number): Promise<void> {
      isBusy.value = true;
      problem.value = undefined;
      try {
        await sendSimulatedBuyers(props.sale.saleId, buyers);
        sent.value += buyers;
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        isBusy.value = false;
      }
    }

    return () => {
      const state = saleStateNow(props.sale, now.value);
      if (!simulatedBuyers || state === 'ENDED') return null;
      return (
        <section class="simulated-buyers" aria-label="Simulated buyers">
          <p class="hint" role="status">
            {sent.value === 0
              ? 'Try it out:'
              : `${formatCount(sent.value)} ${state === 'UPCOMING' ? 'are waiting for the start.' : 'were sent.'}`}
          </p>
          <div class="actions" title="They sign in, fetch their tokens, press at the start, and most of those who win pay.">
            {CROWDS.map((buyers) => (
              <button type="button" class="button button--small" disabled={isBusy.value} onClick={() => void send(buyers)}>
                Send {formatCount(buyers)} simulated buyers
              </button>
            ))}
          </div>
          {problem.value !== undefined && (
            <p class="fault" role="alert">
              {problem.value.message}
            </p>
          )}
        </section>
      );
    };
  },
  { props: ['sale'] },
);
