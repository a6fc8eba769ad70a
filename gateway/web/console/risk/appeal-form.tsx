import './risk.css';
import { defineComponent, shallowRef } from 'vue';
import { appeal } from '../../shared/api/risk-api.ts';
import { TextField } from '../new-sale/text-field.tsx';
import { useCommand } from '../parts/use-command.ts';

/** Lets a user through whom a rule has found by mistake. */
export const AppealForm = defineComponent(
  (props: { onDone: () => void }) => {
    const userId = shallowRef('');
    const note = shallowRef('');
    const fault = shallowRef<'user' | 'note'>();
    const said = shallowRef('');
    const { isBusy, problem, run } = useCommand(() => {});

    async function send(event: Event): Promise<void> {
      event.preventDefault();
      said.value = '';
      fault.value = userId.value === '' ? 'user' : note.value.trim() === '' ? 'note' : undefined;
      if (fault.value !== undefined) return document.getElementById(`appeal-${fault.value}`)?.focus();
      await run(async () => {
        await appeal(userId.value, note.value.trim());
        said.value = `${userId.value} passes every rule from now on.`;
        userId.value = '';
        note.value = '';
        props.onDone();
      });
    }

    return () => (
      <form class="appeal" onSubmit={send} novalidate>
        <h3>Let a user through</h3>
        <TextField
          id="appeal-user"
          label="User id"
          value={userId.value}
          fault={fault.value === 'user' ? 'Enter the id of the user.' : undefined}
          onChange={(value: string) => {
            userId.value = value;
          }}
        />
        <TextField
          id="appeal-note"
          label="Why"
          hint="It is kept with the change."
          value={note.value}
          fault={fault.value === 'note' ? 'Say why the user may pass.' : undefined}
          onChange={(value: string) => {
            note.value = value;
          }}
        />
        {problem.value !== undefined && (
          <p class="fault" role="alert">
            {problem.value.message}
          </p>
        )}
        {said.value !== '' && <p role="status">{said.value}</p>}
        <button type="submit" class="button button--act" disabled={isBusy.value}>
          Let through
        </button>
      </form>
    );
  },
  { props: ['onDone'] },
);
