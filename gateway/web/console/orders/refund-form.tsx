import { computed, defineComponent, nextTick, reactive, shallowRef } from 'vue';
import type { AdminOrder } from '../../shared/api/contract.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { TextField } from '../new-sale/text-field.tsx';
import { newRequestId } from '../parts/request-id.ts';
import { ConfirmRefund, type RefundRequest } from './confirm-refund.tsx';
import { faultsOf, newRefund, type RefundDraft, unitsReturn, wishOf } from './refund-draft.ts';
import { UnitsChoice } from './units-choice.tsx';

interface RefundFormProps {
  order: AdminOrder;
  onRefunded: (order: AdminOrder) => void;
  onFailed: () => void;
}

/** Asks how much goes back, why, and what becomes of the units. Asks again before it sends. */
export const RefundForm = defineComponent(
  (props: RefundFormProps) => {
    const draft = reactive(newRefund(props.order));
    const wasTried = shallowRef(false);
    const request = shallowRef<RefundRequest>();
    const isAsking = shallowRef(false);
    const faults = computed(() => faultsOf(draft, props.order));
    const faultOf = (field: keyof RefundDraft) =>
      wasTried.value ? faults.value.find((fault) => fault.field === field)?.text : undefined;

    async function ask(event: Event): Promise<void> {
      event.preventDefault();
      wasTried.value = true;
      const [first] = faults.value;
      if (first !== undefined) {
        await nextTick();
        document.getElementById(`refund-${first.field}`)?.focus();
        return;
      }
      const wish = wishOf(draft, props.order);
      // The same content keeps its id, so that a retry after a lost answer does not refund twice. Other content is another request.
      if (JSON.stringify(wish) !== JSON.stringify(request.value?.wish)) request.value = { wish, id: newRequestId() };
      isAsking.value = true;
    }

    const field = (key: 'amount' | 'reason', label: string, hint: string, type: 'decimal' | 'text') => (
      <TextField
        id={`refund-${key}`}
        label={label}
        type={type}
        value={draft[key]}
        hint={hint}
        fault={faultOf(key)}
        onChange={(value: string) => {
          draft[key] = value;
        }}
      />
    );
    return () => {
      const { order } = props;
      return (
        <form class="refund-form" onSubmit={ask} novalidate>
          <h3>Give money back</h3>
          {field(
            'amount',
            `Amount in ${order.currency}`,
            `${formatMoney(order.refundableCents, order.currency, 'en-GB')} can still go back.`,
            'decimal',
          )}
          {field('reason', 'Reason', 'For the books. Buyers do not see it.', 'text')}
          {unitsReturn(order) ? (
            <p class="hint">An earlier refund returns the units once all money of the order has gone back.</p>
          ) : (
            <UnitsChoice
              quantity={order.quantity}
              value={draft.returnUnits}
              fault={faultOf('returnUnits')}
              onChange={(returnUnits: boolean) => {
                draft.returnUnits = returnUnits;
              }}
            />
          )}
          <div class="actions">
            <button type="submit" class="button button--act">
              Refund…
            </button>
          </div>
          {isAsking.value && request.value !== undefined && (
            <ConfirmRefund
              order={order}
              request={request.value}
              onRefunded={props.onRefunded}
              onFailed={props.onFailed}
              onClose={() => (isAsking.value = false)}
            />
          )}
        </form>
      );
    };
  },
  { props: ['order', 'onRefunded', 'onFailed'] },
);
