import { shallowRef } from 'vue';
import {
  changeWebhook,
  deleteWebhook,
  type NewWebhook,
  replayDeliveries,
  rotateSecret,
  testWebhook,
} from '../../shared/api/webhooks-api.ts';
import { go } from '../../shared/ui/router.ts';
import { formatCount, formatMs } from '../parts/numbers.ts';
import { useCommand } from '../parts/use-command.ts';

/** How long the old secret signs too. */
const OVERLAP_SECONDS = 86_400;

/** What an operator can do with an endpoint, and what the last command said. */
export function useWebhookCommands(webhookId: string, onChanged: () => void) {
  const asking = shallowRef<'change' | 'backfill' | 'rotate' | 'delete'>();
  const said = shallowRef('');
  const secret = shallowRef<string>();
  const { isBusy, problem, run } = useCommand(onChanged);

  const command = (work: () => Promise<string>) =>
    run(async () => {
      said.value = '';
      said.value = await work();
      asking.value = undefined;
      onChanged();
    });
  const move = (state: 'ACTIVE' | 'PAUSED', message: string) =>
    command(async () => {
      await changeWebhook(webhookId, { state });
      return message;
    });
  return {
    asking,
    said,
    secret,
    isBusy,
    problem,
    test: () => command(() => sayTest(webhookId)),
    pause: () => move('PAUSED', 'Paused. Events wait until it is active again.'),
    activate: () => move('ACTIVE', 'Active again.'),
    save: (webhook: NewWebhook) =>
      command(async () => {
        await changeWebhook(webhookId, webhook);
        return 'Changed.';
      }),
    rotate: () =>
      command(async () => {
        ({ secret: secret.value } = await rotateSecret(webhookId, OVERLAP_SECONDS));
        return 'There is a new secret. The old one signs too for a day.';
      }),
    replayFailed: () => command(() => sayReplay(webhookId)),
    remove: () =>
      run(async () => {
        await deleteWebhook(webhookId);
        go('/console/webhooks');
      }),
  };
}

async function sayTest(webhookId: string): Promise<string> {
  const { history, state } = await testWebhook(webhookId);
  const { status, durationMs = 0, error = '' } = history.at(-1) ?? {};
  if (state === 'DELIVERED') return `The receiver accepted the test event with ${status} in ${formatMs(durationMs)}.`;
  return `The test event was not accepted: ${error}`;
}

async function sayReplay(webhookId: string): Promise<string> {
  const { replayed } = await replayDeliveries(webhookId, {});
  return `${formatCount(replayed)} failed ${replayed === 1 ? 'delivery is' : 'deliveries are'} tried again.`;
}
