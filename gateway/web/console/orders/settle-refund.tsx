import { defineComponent, nextTick, shallowRef } from 'vue';
import type { AdminOrder, RefusedRefund } from '../../shared/api/contract.ts';
import { settleRefund } from '../../shared/api/operator-api.ts';
import { formatMoney } from '../../shared/format/money.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { TextField } from '../new-sale/text-field.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { useCommand } from '../parts/use-command.ts';

export type SettledRefund = Pick<RefusedRefund, 'orderId' | 'refundId' | 'amountCents' | 'currency'>;

interface SettleRefundProps {
  refund: SettledRefund;
  onSettled: (order: AdminOrder) => void;
  onFailed: () => void;
  onClose: () => void;
}

const LONGEST_NOTE = 500;

/** Marks a refused refund as settled outside its provider. It is safe to repeat; the first note stays. */
export const SettleRefund = defineComponent(
  (props: SettleRefundProps) => {
    const note = shallowRef('');
    const fault = shallowRef<string>();
    const { isBusy, problem, run } = useCommand(() => props.onFailed());

    async function settle(event: Event): Promise<void> {
      event.preventDefault();
      const text = note.value.trim();
      fault.value = text === '' ? 'Enter how.' : text.length > LONGEST_NOTE ? `At most ${LONGEST_NOTE} characters.` : undefined;
      if (fault.value !== undefined) {
        await nextTick();
        document.getElementById('settled-note')?.focus();
        return;
      }
      await run(async () => props.onSettled(await settleRefund(props.refund.orderId, props.refund.refundId, text)));
    }

    return () => {
      const amount = formatMoney(props.refund.amountCents, props.refund.currency, 'en-GB');
      return (
        <Modal title={`${amount} settled outside?`} onClose={props.onClose}>
          <form onSubmit={settle} novalidate>
            <p>
              The buyer got {amount} another way than through the provider, and sees that the money is refunded. You cannot undo
              this.
            </p>
            <TextField
              id="settled-note"
              label="How did they get it?"
              hint="For the books, such as the number of a bank transfer. Buyers do not see it."
              value={note.value}
              fault={fault.value}
              onChange={(value: string) => {
                note.value = value;
              }}
            />
            <FormEnd label="Mark as settled" tone="bad" isBusy={isBusy.value} problem={problem.value} onClose={props.onClose} />
          </form>
        </Modal>
      );
    };
  },
  { props: ['refund', 'onSettled', 'onFailed', 'onClose'] },
);
