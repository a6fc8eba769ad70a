import type { JsMsg } from '@nats-io/jetstream';
import type { DeadLetter } from '../events/dead-letter.ts';

/** The letter for a message that `consumer` gives up on. */
export function deadLetterOf(message: JsMsg, died: { consumer: string; stream: string; reason: string }): DeadLetter {
  const messageId = message.headers?.get('Nats-Msg-Id');
  return {
    ...died,
    seq: message.seq,
    subject: message.subject,
    ...(messageId ? { messageId } : {}),
    data: Buffer.from(message.data).toString('base64'),
    deliveries: message.info.deliveryCount,
    firstSeenAt: Math.floor(message.info.timestampNanos / 1e6),
    diedAt: Date.now(),
  };
}
