import './webhooks.css';
import { defineComponent, shallowRef } from 'vue';
import { readWebhook, type Webhook } from '../../shared/api/webhooks-api.ts';
import { formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { usePolled } from '../parts/use-polled.ts';
import { DeliveriesPanel } from './deliveries-panel.tsx';
import { WebhookCommands } from './webhook-commands.tsx';
import { isFailing, STATE_WORDS } from './webhook-words.ts';

/** One endpoint: its state, what can be done with it, and its deliveries. */
export const WebhookPage = defineComponent(
  (props: { webhookId: string }) => {
    const { value: webhook, problem, load } = usePolled(() => readWebhook(props.webhookId));
    /** Counts the commands: each makes the deliveries load at once. */
    const changes = shallowRef(0);
    document.title = 'Webhook · Seckill console';
    function changed(): void {
      changes.value += 1;
      load();
    }
    return () => {
      const shown = webhook.value;
      return (
        <div class="stack">
          <p>
            <a href="/console/webhooks" data-inside>
              All webhooks
            </a>
          </p>
          {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
          {shown === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '20rem' }} />}
          {shown !== undefined && (
            <>
              <WebhookHead webhook={shown} />
              <WebhookCommands webhook={shown} onChanged={changed} />
              <DeliveriesPanel webhookId={shown.webhookId} changes={changes.value} onChanged={changed} />
            </>
          )}
        </div>
      );
    };
  },
  { props: ['webhookId'] },
);

function WebhookHead({ webhook }: { webhook: Webhook }) {
  const { url, state, description, events, saleIds, lastSuccessAt, createdAt, previousSecretUntil } = webhook;
  return (
    <>
      <div class="page-head">
        <div class="what">
          <div class="title">
            <h1 class="webhook-url">{url}</h1>
            <span class={['badge', STATE_WORDS[state].tone]} role="status">
              {STATE_WORDS[state].text}
            </span>
          </div>
          {description !== '' && <p>{description}</p>}
          <p class="facts numbers">
            <span>
              {events.map((event) => (
                <code>{event} </code>
              ))}
            </span>
            <span>{saleIds.length === 0 ? 'every sale' : `${saleIds.length} ${saleIds.length === 1 ? 'sale' : 'sales'}`}</span>
            <span>since {formatWhen(createdAt)}</span>
            <span>last success {lastSuccessAt === undefined ? 'never' : formatWhen(lastSuccessAt)}</span>
            {previousSecretUntil !== undefined && <span>old secret signs until {formatWhen(previousSecretUntil)}</span>}
          </p>
        </div>
      </div>
      <Trouble webhook={webhook} />
    </>
  );
}
WebhookHead.props = ['webhook'];

function Trouble({ webhook }: { webhook: Webhook }) {
  const { state, disabledReason, failingSince, lastError } = webhook;
  if (state === 'DISABLED') {
    return (
      <div class="notice tone-bad" role="alert">
        <strong>Disabled</strong>
        <p>{disabledReason}</p>
        <p>Events are kept as failed. Enable it, then choose “Replay all failed”.</p>
      </div>
    );
  }
  if (!isFailing(webhook) || failingSince === undefined) return null;
  return (
    <div class="notice tone-bad" role="alert">
      <strong>Failing since {formatWhen(failingSince)}</strong>
      <p>{lastError}</p>
    </div>
  );
}
Trouble.props = ['webhook'];
