import type { DeadLetter } from '../events/dead-letter.ts';
import type { StreamMessage } from './consume/stream-message.ts';

/** The letter for a message that `consumer` gives up on, or for one value of it: `alone` is the message that would hold only that value. */
export function deadLetterOf(
  message: StreamMessage,
  died: { consumer: string; stream: string; reason: string },
  alone?: { data: string; messageId: string },
): DeadLetter {
  const messageId = alone?.messageId ?? message.headers?.get('Nats-Msg-Id');
  return {
    ...died,
    seq: message.seq,
    subject: message.subject,
    ...(messageId ? { messageId } : {}),
    data: Buffer.from(alone?.data ?? message.data).toString('base64'),
    deliveries: message.deliveries,
    firstSeenAt: message.storedAt,
    diedAt: Date.now(),
  };
}
