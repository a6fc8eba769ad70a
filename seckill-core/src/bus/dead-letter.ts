import type { JsMsg } from '@nats-io/jetstream';
import type { DeadLetter } from '../events/dead-letter.ts';

/** The letter for a message that `consumer` gives up on, or for one value of it: `alone` is the message that would hold only that value. */
export function deadLetterOf(
  message: JsMsg,
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
    deliveries: message.info.deliveryCount,
    firstSeenAt: Math.floor(message.info.timestampNanos / 1e6),
    diedAt: Date.now(),
  };
}
