import { type calls, Problem } from 'seckill-core';
import type { Static } from 'typebox';
import type { WorkerContext } from '../servers/worker-context.ts';
import { storeEvents } from './provider-events.ts';

type Received = Static<typeof calls.receiveNotification.request>;
type Answer = Static<typeof calls.receiveNotification.reply>;

/**
 * Verifies a provider's notification, stores what it says, and returns the answer that this provider expects. NOT_FOUND for a provider that is not
 * configured. Rejects if the events could not be stored: the provider sends them again.
 */
export async function receiveNotification(
  { publisher, providers, metrics, log }: Pick<WorkerContext, 'publisher' | 'providers' | 'metrics' | 'log'>,
  { provider: name, headers, body }: Received,
): Promise<Answer> {
  const provider = providers.find(name);
  if (provider === undefined) throw new Problem('NOT_FOUND', `This shop takes no notifications from ${name}.`);
  const notification = await provider.readNotification(Buffer.from(body, 'base64'), headers);
  metrics.notifications.inc({ provider: name, kind: notification.kind });
  if (notification.kind === 'events') await storeEvents({ publisher }, name, notification.events);
  else log.warn({ provider: name, reason: notification.reason }, 'refused a notification');
  return notification.answer;
}
