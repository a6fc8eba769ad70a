import { defineComponent, shallowRef } from 'vue';
import { type ApiProblem, asProblem } from '../../shared/api/api-problem.ts';
import type { AdminSale } from '../../shared/api/contract.ts';
import { commandSale, type SaleCommand } from '../../shared/api/operator-api.ts';
import { now } from '../../shared/clock/now.ts';
import { formatDuration } from '../../shared/format/duration.ts';
import { saleStateNow } from '../../shared/sale/sale-state.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { formatCount } from '../parts/numbers.ts';

interface CommandButton {
  command: SaleCommand;
  label: string;
  kind: string;
  /** Asks for confirmation, if the command cannot be undone. */
  question?: { title: string; text: (sale: AdminSale) => string };
}

const PUBLISH: CommandButton = {
  command: 'publish',
  label: 'Publish',
  kind: 'button--act',
  question: {
    title: 'Publish this sale?',
    text: ({ startsAt }) => {
      const left = Date.parse(startsAt) - now.value;
      return `Buyers see it at once. It ${left > 0 ? `starts in ${formatDuration(left)}` : 'starts now'}. Its times and prices are then fixed.`;
    },
  },
};
const PAUSE: CommandButton = { command: 'pause', label: 'Pause', kind: '' };
const RESUME: CommandButton = { command: 'resume', label: 'Resume', kind: 'button--act' };
const CLOSE: CommandButton = {
  command: 'close',
  label: 'Close',
  kind: 'button--bad',
  question: {
    title: 'Close this sale for good?',
    text: ({ items }) => {
      const left = items.reduce((sum, { stock, sold }) => sum + stock - sold, 0);
      return `No more wins: ${formatCount(left)} ${left === 1 ? 'unit stays' : 'units stay'} unsold. Existing orders run their course. You cannot reopen the sale.`;
    },
  },
};

const COMMANDS: Readonly<Record<AdminSale['status'], readonly CommandButton[]>> = {
  DRAFT: [PUBLISH],
  PUBLISHED: [PAUSE, CLOSE],
  PAUSED: [RESUME, CLOSE],
  CLOSED: [],
};

/** The commands that the present state of the sale allows. */
export const SaleCommands = defineComponent(
  (props: { sale: AdminSale; onChanged: () => void }) => {
    const asked = shallowRef<CommandButton>();
    const isBusy = shallowRef(false);
    const problem = shallowRef<ApiProblem>();

    function choose(chosen: CommandButton): void {
      if (chosen.question === undefined) void give(chosen);
      else asked.value = chosen;
    }

    async function give({ command }: CommandButton): Promise<void> {
      asked.value = undefined;
      isBusy.value = true;
      problem.value = undefined;
      try {
        await commandSale(props.sale.saleId, command);
      } catch (error) {
        problem.value = asProblem(error);
      } finally {
        isBusy.value = false;
        props.onChanged();
      }
    }

    return () => {
      const { sale } = props;
      if (saleStateNow(sale, now.value) === 'ENDED') return null;
      return (
        <div class="stack">
          <div class="actions">
            {COMMANDS[sale.status].map((each) => (
              <button type="button" class={['button', each.kind]} disabled={isBusy.value} onClick={() => choose(each)}>
                {each.label}
              </button>
            ))}
          </div>
          {problem.value !== undefined && (
            <p class="fault" role="alert">
              {problem.value.message}
            </p>
          )}
          {asked.value?.question !== undefined && (
            <Modal title={asked.value.question.title} onClose={() => (asked.value = undefined)}>
              <p>{asked.value.question.text(sale)}</p>
              <div class="actions">
                <button type="button" class={['button', asked.value.kind]} onClick={() => asked.value && void give(asked.value)}>
                  {asked.value.label} “{sale.title}”
                </button>
                <button type="button" class="button" onClick={() => (asked.value = undefined)}>
                  Not now
                </button>
              </div>
            </Modal>
          )}
        </div>
      );
    };
  },
  { props: ['sale', 'onChanged'] },
);
