import { defineComponent } from 'vue';
import { type Delivery, readDelivery, replayDelivery } from '../../shared/api/webhooks-api.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { formatMs, formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePolled } from '../parts/use-polled.ts';
import { DELIVERY_WORDS } from './webhook-words.ts';

interface DeliveryDialogProps {
  webhookId: string;
  deliveryId: string;
  onChanged: () => void;
  onClose: () => void;
}

/** What was sent, and what came back each time. */
export const DeliveryDialog = defineComponent(
  (props: DeliveryDialogProps) => {
    const {
      value: delivery,
      problem,
      load,
    } = usePolled(
      () => readDelivery(props.webhookId, props.deliveryId),
      () => 2_000,
    );
    const replaying = useCommand(load);
    const replay = () =>
      replaying.run(async () => {
        await replayDelivery(props.webhookId, props.deliveryId);
        load();
        props.onChanged();
      });
    return () => {
      const shown = delivery.value;
      return (
        <Modal title="Delivery" onClose={props.onClose}>
          {[problem.value, replaying.problem.value].map((each) => each !== undefined && <ProblemNotice problem={each} />)}
          {shown === undefined ? <div class="skeleton" style={{ height: '10rem' }} /> : <Detail delivery={shown} />}
          <div class="actions">
            <button type="button" class="button button--act" disabled={replaying.isBusy.value} onClick={replay}>
              Send again
            </button>
            <button type="button" class="button" onClick={props.onClose}>
              Close
            </button>
          </div>
        </Modal>
      );
    };
  },
  { props: ['webhookId', 'deliveryId', 'onChanged', 'onClose'] },
);

function Detail({ delivery }: { delivery: Delivery }) {
  const { state, event, eventId, nextTryAt, request, history } = delivery;
  return (
    <div class="delivery">
      <p>
        <code>{event}</code> <span class={['badge', DELIVERY_WORDS[state].tone]}>{DELIVERY_WORDS[state].text}</span>
      </p>
      <p class="hint mono">{eventId}</p>
      {nextTryAt !== undefined && <p class="hint">Next try: {formatWhen(nextTryAt)}</p>}
      <h3>Request</h3>
      <pre>
        {`POST ${request.url}\n`}
        {Object.entries(request.headers).map(([name, value]) => `${name}: ${value}\n`)}
        {`\n${pretty(request.body)}`}
      </pre>
      <h3>Answers</h3>
      {history.length === 0 && <p class="hint">Not sent yet.</p>}
      <ol class="attempts">
        {history.map(({ at, status, durationMs, error, answer }) => (
          <li>
            <span class="numbers">
              {formatWhen(at)} · {status ?? 'no answer'} · {formatMs(durationMs)}
            </span>
            {error !== undefined && <span class="fault">{error}</span>}
            {answer !== undefined && answer !== '' && <pre>{answer}</pre>}
          </li>
        ))}
      </ol>
    </div>
  );
}
Detail.props = ['delivery'];

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), undefined, 2);
  } catch {
    return body;
  }
}
