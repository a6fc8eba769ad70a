import { defineComponent, onBeforeUnmount, reactive, shallowRef } from 'vue';
import { backfillWebhook } from '../../shared/api/webhooks-api.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { TextField } from '../new-sale/text-field.tsx';
import { formatCount } from '../parts/numbers.ts';
import { useCommand } from '../parts/use-command.ts';
import { isoOf } from './webhook-words.ts';

interface Times {
  /** Of `datetime-local`, in the operator's time zone. Empty for the beginning. */
  from: string;
  /** The same. Empty for now. */
  to: string;
}

/** Sends an endpoint order events of the past, call by call, and shows how many there were. Stops if it is closed. */
export const BackfillDialog = defineComponent(
  (props: { webhookId: string; onChanged: () => void; onClose: () => void }) => {
    const times = reactive<Times>({ from: '', to: '' });
    const sending = useBackfill(props.webhookId, () => props.onChanged());
    const field = (key: keyof Times, label: string, hint: string) => (
      <TextField
        id={`backfill-${key}`}
        label={label}
        type="datetime-local"
        value={times[key]}
        hint={hint}
        onChange={(value: string) => {
          times[key] = value;
          sending.startOver();
        }}
      />
    );
    function submit(event: Event): void {
      event.preventDefault();
      sending.send(times);
    }
    return () => (
      <Modal title="Send past events" onClose={props.onClose}>
        <p>The endpoint gets the order events that it asks for. Those that its log has are not sent again.</p>
        <form class="stack stack--tight" onSubmit={submit}>
          {field('from', 'From', 'Leave it empty for every event since the first sale.')}
          {field('to', 'To', 'Leave it empty for every event until now.')}
          <p class="hint" role="status">
            {sending.words()}
          </p>
          {sending.problem.value !== undefined && (
            <p class="fault" role="alert">
              {sending.problem.value.message}
            </p>
          )}
          <div class="actions">
            <button type="submit" class="button button--act" disabled={sending.isBusy.value}>
              {sending.isPart() ? 'Go on' : 'Send'}
            </button>
            <button type="button" class="button" onClick={props.onClose}>
              {sending.isBusy.value ? 'Stop' : 'Close'}
            </button>
          </div>
        </form>
      </Modal>
    );
  },
  { props: ['webhookId', 'onChanged', 'onClose'] },
);

function useBackfill(webhookId: string, onChanged: () => void) {
  const { isBusy, problem, run } = useCommand(onChanged);
  const added = shallowRef<number>();
  const cursor = shallowRef<string>();
  let isClosed = false;
  onBeforeUnmount(() => {
    isClosed = true;
  });

  const send = ({ from, to }: Times) =>
    run(async () => {
      const before = isoOf(to);
      const wish = { from: isoOf(from) ?? 'beginning', ...(before && { to: before }) };
      // After a call that failed it goes on behind the last one that did not.
      if (cursor.value === undefined) added.value = 0;
      do {
        const part = await backfillWebhook(webhookId, { ...wish, ...(cursor.value && { cursor: cursor.value }) });
        added.value = (added.value ?? 0) + part.added;
        cursor.value = part.nextCursor;
      } while (cursor.value !== undefined && !isClosed);
      onChanged();
    });
  return {
    isBusy,
    problem,
    send,
    startOver: () => {
      [added.value, cursor.value] = [undefined, undefined];
    },
    /** A call failed, and there is more. */
    isPart: () => cursor.value !== undefined,
    words: () => {
      if (added.value === undefined) return '';
      const events = `${formatCount(added.value)} ${added.value === 1 ? 'event' : 'events'}`;
      return isBusy.value ? `${events} so far…` : `${events} ${added.value === 1 ? 'is' : 'are'} sent.`;
    },
  };
}
