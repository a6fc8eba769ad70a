import { hash } from 'node:crypto';
import { Type } from 'typebox';
import { UUID_PATTERN } from '../domain/ids.ts';
import { defineEvent } from './define-event.ts';

/**
 * The delayed message that cancels what is not paid. One message for all orders of a batch that fall due together: a hundred thousand
 * orders are a few hundred messages to hold back. `dueAt` is in the body, since a server may deliver early after a crash.
 */
export const paymentDeadline = defineEvent({
  name: 'payment-deadline',
  schema: Type.Object({
    dueAt: Type.Integer({ minimum: 0, description: "ms, PostgreSQL's clock" }),
    payTimeoutSeconds: Type.Integer({ minimum: 1 }),
    orderIds: Type.Array(Type.String({ pattern: UUID_PATTERN }), { minItems: 1 }),
  }),
  subject: (event) => `seckill.deadline.${event.payTimeoutSeconds}`,
  // All ids count: a redelivered batch may be composed differently, and JetStream must not take another group for this one.
  messageId: (event) => `deadline:${hash('sha1', event.orderIds.join())}`,
});
export type PaymentDeadline = ReturnType<typeof paymentDeadline.decode>;
