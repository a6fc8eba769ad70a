import { defineComponent, shallowRef } from 'vue';
import { restartSink } from '../../shared/api/sinks-api.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { TextField } from '../new-sale/text-field.tsx';
import { FormEnd } from '../parts/form-end.tsx';
import { useCommand } from '../parts/use-command.ts';

interface RestartSinkProps {
  sink: string;
  onRestarted: () => void;
  onClose: () => void;
}

/** Asks from when on a sink is fed again. */
export const RestartSink = defineComponent(
  (props: RestartSinkProps) => {
    const day = shallowRef('');
    const fault = shallowRef<string>();
    const { isBusy, problem, run } = useCommand(() => {});

    async function restart(event: Event): Promise<void> {
      event.preventDefault();
      const from = day.value.trim();
      fault.value = from === '' || /^\d{4}-\d\d-\d\d$/.test(from) ? undefined : 'Enter a day like 2026-11-01, or nothing.';
      if (fault.value !== undefined) return document.getElementById('sink-from')?.focus();
      await run(async () => {
        await restartSink(props.sink, from === '' ? 'beginning' : from);
        props.onRestarted();
      });
    }

    return () => (
      <Modal title={`Start ${props.sink} over?`} onClose={props.onClose}>
        <form onSubmit={restart} novalidate>
          <p>
            The sink is emptied from there on, or its rows replaced, and all events come again. Until it is done, its readers see
            a part of them. No order waits for it.
          </p>
          <TextField
            id="sink-from"
            label="From"
            hint="A day in UTC, such as 2026-11-01. Empty for the first order."
            value={day.value}
            fault={fault.value}
            onChange={(value: string) => {
              day.value = value;
            }}
          />
          <FormEnd label="Start over" tone="bad" isBusy={isBusy.value} problem={problem.value} onClose={props.onClose} />
        </form>
      </Modal>
    );
  },
  { props: ['sink', 'onRestarted', 'onClose'] },
);
