import { type Static, Type } from 'typebox';
import { defineEvent } from './define-event.ts';

/** A message that could not be handled, kept with the reason and everything needed to publish it again. */
export const deadLetter = defineEvent({
  name: 'dead-letter',
  schema: Type.Object({
    consumer: Type.String(),
    stream: Type.String(),
    seq: Type.Integer(),
    subject: Type.String(),
    messageId: Type.Optional(Type.String()),
    data: Type.String({ description: 'the message as it came, base64: it may be anything' }),
    reason: Type.String({ description: 'why the last try failed' }),
    deliveries: Type.Integer(),
    firstSeenAt: Type.Integer({ description: 'ms' }),
    diedAt: Type.Integer({ description: 'ms' }),
  }),
  subjects: 'seckill.dead.*',
  subject: ({ consumer }: { consumer: string }) => `seckill.dead.${consumer}`,
  // Several values of one message may die.
  messageId: ({ consumer, stream, seq, messageId = '' }) => `${consumer}:${stream}:${seq}:${messageId}`,
});
export type DeadLetter = Static<typeof deadLetter.schema>;
