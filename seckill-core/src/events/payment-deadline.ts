import { hash } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { UUID_PATTERN } from '../domain/ids.ts';
import { defineEvent } from './define-event.ts';

/**
 * The delayed message that cancels unpaid orders. All orders of a batch that fall due together share one message: a hundred thousand
 * orders are a few hundred messages to hold back. `dueAt` is in the body, because a server may deliver early after a crash.
 */
export const paymentDeadline = defineEvent({
  name: 'payment-deadline',
  schema: Type.Object({
    dueAt: Type.Integer({ minimum: 0, description: "ms, PostgreSQL's clock" }),
    payTimeoutSeconds: Type.Integer({ minimum: 1 }),
    orderIds: Type.Array(Type.String({ pattern: UUID_PATTERN }), { minItems: 1 }),
  }),
  subjects: 'seckill.deadline.*',
  subject: ({ payTimeoutSeconds }: { payTimeoutSeconds: number }) => `seckill.deadline.${payTimeoutSeconds}`,
  // All ids count: a redelivered batch may be composed differently, and JetStream must not mistake another group for this one.
  messageId: (event) => `deadline:${hash('sha1', event.orderIds.join())}`,
});
export type PaymentDeadline = Static<typeof paymentDeadline.schema>;
