import './webhooks.css';
import { defineComponent, shallowRef } from 'vue';
import {
  type CreatedWebhook,
  createWebhook,
  listWebhooks,
  type NewWebhook,
  type Webhook,
} from '../../shared/api/webhooks-api.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { go } from '../../shared/ui/router.ts';
import { formatCount, formatWhen } from '../parts/numbers.ts';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { Table } from '../parts/table.tsx';
import { useCommand } from '../parts/use-command.ts';
import { usePolledList } from '../parts/use-polled.ts';
import { SecretNote } from './secret-note.tsx';
import { newWebhookDraft } from './webhook-draft.ts';
import { WebhookForm } from './webhook-form.tsx';
import { isFailing, MOST_COUNTED, STATE_WORDS, webhookAddress } from './webhook-words.ts';

/** Every endpoint that gets order events, and a form for the next one. */
export const WebhooksPage = defineComponent(() => {
  const { rows, hasMore, problem, load, loadMore } = usePolledList(async (cursor) => {
    const { webhooks, nextCursor } = await listWebhooks(cursor);
    return { rows: webhooks, nextCursor };
  });
  const isAdding = shallowRef(false);
  const created = shallowRef<CreatedWebhook>();
  const adding = useCommand(load);
  document.title = 'Webhooks · Seckill console';

  const add = (webhook: NewWebhook) =>
    adding.run(async () => {
      created.value = await createWebhook(webhook);
      isAdding.value = false;
      load();
    });
  return () => (
    <div class="stack">
      <div class="page-head">
        <h1>Webhooks</h1>
        <button type="button" class="button button--act" onClick={() => (isAdding.value = true)}>
          New webhook
        </button>
      </div>
      {problem.value !== undefined && <ProblemNotice problem={problem.value} onRetry={load} />}
      {rows.value === undefined && problem.value === undefined && <div class="skeleton" style={{ height: '10rem' }} />}
      {rows.value?.length === 0 && (
        <div class="empty">
          <h2>No webhooks</h2>
          <p>A webhook tells another program of orders: a signed POST for each event, retried for days.</p>
        </div>
      )}
      {rows.value !== undefined && rows.value.length > 0 && <WebhooksTable webhooks={rows.value} />}
      {hasMore.value && (
        <button type="button" class="button" onClick={loadMore}>
          Show older webhooks
        </button>
      )}
      {isAdding.value && (
        <Modal title="New webhook" onClose={() => (isAdding.value = false)}>
          <WebhookForm
            draft={newWebhookDraft()}
            submitLabel="Add webhook"
            isBusy={adding.isBusy.value}
            problem={adding.problem.value}
            onSubmit={add}
            onClose={() => (isAdding.value = false)}
          />
        </Modal>
      )}
      {created.value !== undefined && (
        <SecretNote
          title="The secret of the new webhook"
          secret={created.value.secret}
          hint="The receiver checks signatures with it. Store it now: it is not shown again."
          onClose={() => created.value !== undefined && go(webhookAddress(created.value.webhookId))}
        />
      )}
    </div>
  );
});

function WebhooksTable({ webhooks }: { webhooks: readonly Webhook[] }) {
  return (
    <section class="panel card" aria-label="Webhooks">
      <Table label="Table of webhooks" texts={['URL', 'State', 'Events', 'Last success']} numbers={['Waiting', 'Failed']}>
        {webhooks.map((webhook) => (
          <WebhookLine key={webhook.webhookId} webhook={webhook} />
        ))}
      </Table>
    </section>
  );
}
WebhooksTable.props = ['webhooks'];

const counted = (count: number): string => `${formatCount(count)}${count >= MOST_COUNTED ? '+' : ''}`;

function WebhookLine({ webhook }: { webhook: Webhook }) {
  const { webhookId, url, description, state, events, lastSuccessAt, failingSince, backlog } = webhook;
  const { text, tone } = STATE_WORDS[state];
  return (
    <tr>
      <td class="url">
        <a href={webhookAddress(webhookId)} data-inside>
          {url}
        </a>
        {description !== '' && <small class="hint">{description}</small>}
      </td>
      <td>
        {isFailing(webhook) && failingSince !== undefined ? (
          <span class="badge tone-bad">Failing since {formatWhen(failingSince)}</span>
        ) : (
          <span class={['badge', tone]}>{text}</span>
        )}
      </td>
      <td class="event-names">
        {events.map((event) => (
          <code>{event} </code>
        ))}
      </td>
      <td class="numbers">{lastSuccessAt === undefined ? '–' : formatWhen(lastSuccessAt)}</td>
      <td class="number">{counted(backlog.waiting)}</td>
      <td class="number">{counted(backlog.failed)}</td>
    </tr>
  );
}
WebhookLine.props = ['webhook'];
