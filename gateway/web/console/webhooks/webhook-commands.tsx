import { defineComponent, type VNode } from 'vue';
import type { Webhook } from '../../shared/api/webhooks-api.ts';
import { Modal } from '../../shared/ui/modal.tsx';
import { BackfillDialog } from './backfill-dialog.tsx';
import { SecretNote } from './secret-note.tsx';
import { useWebhookCommands } from './use-webhook-commands.ts';
import { draftOf } from './webhook-draft.ts';
import { WebhookForm } from './webhook-form.tsx';

type Commands = ReturnType<typeof useWebhookCommands>;

/** What an operator can do with an endpoint. */
export const WebhookCommands = defineComponent(
  (props: { webhook: Webhook; onChanged: () => void }) => {
    const commands = useWebhookCommands(props.webhook.webhookId, () => props.onChanged());
    const { asking, said, secret, problem } = commands;
    return () => (
      <div class="stack stack--tight">
        {buttonsOf(props.webhook, commands)}
        <p class="hint" role="status">
          {said.value}
        </p>
        {problem.value !== undefined && asking.value !== 'change' && (
          <p class="fault" role="alert">
            {problem.value.message}
          </p>
        )}
        {dialogOf(props.webhook, commands, props.onChanged)}
        {secret.value !== undefined && (
          <SecretNote
            title="The new secret"
            secret={secret.value}
            hint="Give it to the receiver within a day. It is not shown again."
            onClose={() => (secret.value = undefined)}
          />
        )}
      </div>
    );
  },
  { props: ['webhook', 'onChanged'] },
);

function buttonsOf({ state, backlog }: Webhook, commands: Commands): VNode {
  const { asking, isBusy } = commands;
  const button = (label: string, onClick: () => void, kind = '') => (
    <button type="button" class={['button', kind]} disabled={isBusy.value} onClick={onClick}>
      {label}
    </button>
  );
  return (
    <div class="actions">
      {state === 'PAUSED' && button('Resume', commands.activate, 'button--act')}
      {state === 'DISABLED' && button('Enable', commands.activate, 'button--act')}
      {button('Send test event', commands.test)}
      {state === 'ACTIVE' && button('Pause', commands.pause)}
      {backlog.failed > 0 && state === 'ACTIVE' && button('Replay all failed', commands.replayFailed)}
      {button('Send past events…', () => (asking.value = 'backfill'))}
      {button('Change…', () => (asking.value = 'change'))}
      {button('Rotate secret…', () => (asking.value = 'rotate'))}
      {button('Delete…', () => (asking.value = 'delete'), 'button--bad')}
    </div>
  );
}

const QUESTIONS = {
  rotate: {
    title: 'Rotate the secret?',
    text: 'You get a new secret. For a day, each request has a signature by the old one too, so the receiver can change in that time.',
    confirm: 'Rotate',
    kind: 'button--act',
  },
  delete: {
    title: 'Delete this webhook?',
    text: 'Its deliveries are deleted too, and those that wait are not sent.',
    confirm: 'Delete webhook',
    kind: 'button--bad',
  },
};

function dialogOf(
  webhook: Webhook,
  { asking, isBusy, problem, save, rotate, remove }: Commands,
  onChanged: () => void,
): VNode | undefined {
  const close = () => {
    asking.value = undefined;
  };
  if (asking.value === undefined) return undefined;
  if (asking.value === 'backfill') return <BackfillDialog webhookId={webhook.webhookId} onChanged={onChanged} onClose={close} />;
  if (asking.value === 'change') {
    return (
      <Modal title="Change webhook" onClose={close}>
        <WebhookForm
          draft={draftOf(webhook)}
          submitLabel="Save"
          isBusy={isBusy.value}
          problem={problem.value}
          onSubmit={save}
          onClose={close}
        />
      </Modal>
    );
  }
  const { title, text, confirm, kind } = QUESTIONS[asking.value];
  return (
    <Modal title={title} onClose={close}>
      <p>{text}</p>
      <div class="actions">
        <button
          type="button"
          class={['button', kind]}
          disabled={isBusy.value}
          onClick={asking.value === 'rotate' ? rotate : remove}
        >
          {confirm}
        </button>
        <button type="button" class="button" onClick={close}>
          Not now
        </button>
      </div>
    </Modal>
  );
}
