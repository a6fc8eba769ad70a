import type { JsMsg } from '@nats-io/jetstream';
import { Type } from 'typebox';
import { defineEvent } from '../events/define-event.ts';
import type { Publisher } from './publisher.ts';

/** A message that could not be handled, kept with the reason and all that is needed to publish it again. */
export const deadLetter = defineEvent({
  name: 'dead-letter',
  schema: Type.Object({
    consumer: Type.String(),
    stream: Type.String(),
    seq: Type.Integer(),
    subject: Type.String(),
    messageId: Type.Optional(Type.String()),
    /** The message as it came, base64: it may be anything. */
    data: Type.String(),
    /** Why the last try failed. */
    reason: Type.String(),
    deliveries: Type.Integer(),
    /** ms. */
    firstSeenAt: Type.Integer(),
    diedAt: Type.Integer(),
  }),
  subject: (letter) => `seckill.dead.${letter.consumer}`,
  messageId: (letter) => `${letter.consumer}:${letter.stream}:${letter.seq}`,
});
export type DeadLetter = ReturnType<typeof deadLetter.decode>;

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

export async function publishDeadLetter(publisher: Publisher, letter: DeadLetter): Promise<void> {
  await publisher.publish(deadLetter.subject(letter), deadLetter.encode(letter), deadLetter.messageId(letter));
}
