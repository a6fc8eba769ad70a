import type { Static, TSchema } from 'typebox';
import type { StoredEvent } from '../events/define-event.ts';
import type { PublishAck, Publisher } from './publisher.ts';

/** Publishes an event. Resolves once its stream has it, and rejects as {@link Publisher.publish} does. */
export function send<Schema extends TSchema>(
  publisher: Pick<Publisher, 'publish'>,
  event: StoredEvent<Schema>,
  value: Static<Schema>,
  messageId = event.messageId(value),
): Promise<PublishAck> {
  return publisher.publish(event.subject(value), event.encode(value), messageId);
}
