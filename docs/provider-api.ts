import { PaymentNotification } from 'seckill-core';
import { stringify } from 'yaml';
import * as messages from '../order-worker/src/payments/providers/http/messages.ts';

const HEAD = `# Made by docs/write-provider-api.ts from order-worker/src/payments/providers/http/messages.ts. Change that, then run
# \`node --import tsx docs/write-provider-api.ts\`. docs/payments.md says how to set it up.
`;

const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const answers = (schema: object, more = {}) => ({ 200: { description: 'The answer.', ...json(schema) }, ...more, ...others });
const others = {
  401: { description: 'The signature is wrong. The call is repeated.' },
  default: { description: 'Any other status, or none: the outcome is unknown, and the call is repeated.' },
};
const refusal = { 422: { description: 'A definite no. It is not repeated.', ...json(messages.Refusal) } };
const id = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } });

const paths = {
  '/checkouts': {
    post: {
      summary: 'Begin a payment',
      description: 'The same paymentId has the same checkout, also if it is paid already.',
      requestBody: { required: true, ...json(messages.CheckoutBody) },
      responses: answers(messages.CheckoutAnswer, refusal),
    },
  },
  '/checkouts/{paymentId}/close': {
    post: {
      summary: 'Close a payment, unless it is paid',
      description:
        'After `closed`, take no money for it. A payment that you have never seen is closed too: its checkout may arrive later.',
      parameters: [id('paymentId')],
      requestBody: { required: true, ...json(messages.CheckoutBody) },
      responses: answers(messages.CloseAnswer),
    },
  },
  '/payments/{paymentId}': {
    get: {
      summary: 'Say what is known about a payment',
      description: 'A payment stays `paid` after a refund. `unknown`: you have never seen it.',
      parameters: [id('paymentId')],
      responses: answers(messages.PaymentAnswer),
    },
  },
  '/refunds': {
    post: {
      summary: 'Give money back, all of it or a part',
      description:
        'The same refundId is one refund. `pending`: you decide later, and notify. `paidCents` is what the buyer paid in all.',
      requestBody: { required: true, ...json(messages.RefundBody) },
      responses: answers(messages.RefundAnswer, refusal),
    },
  },
  '/refunds/{refundId}': {
    get: {
      summary: 'Say what is known about a refund',
      parameters: [id('refundId')],
      responses: answers(messages.KnownRefundAnswer),
    },
  },
  '/statements/{day}': {
    get: {
      summary: 'List the payments and refunds of a day',
      description: 'The audit compares them with the orders. `day` is YYYY-MM-DD in your calendar. One JSON object a line.',
      parameters: [id('day')],
      responses: {
        200: { description: 'The lines.', content: { 'application/x-ndjson': { schema: messages.StatementLine } } },
        202: { description: 'The statement is made later.' },
        ...others,
      },
    },
  },
};

const webhooks = {
  notification: {
    post: {
      summary: 'Notify the shop',
      description:
        'Send it to the `notifyUrl` of the checkout, or to `/api/payments/webhook` of the shop. `paidAt` and `payer` belong to payment.succeeded, `refundId` and `reason` to refunds. The header signs `<t>.` and the raw body.',
      requestBody: { required: true, ...json(PaymentNotification) },
      responses: {
        200: { description: 'The shop has it.' },
        default: { description: 'Send it again, with the same eventId and a new signature.' },
      },
    },
  },
};

/** The API that a payment service implements for the HTTP provider, as an OpenAPI document. */
export function providerApi(): string {
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Seckill payment service',
      version: '1.0.0',
      description:
        'A payment service implements these calls for the HTTP provider. Amounts are integers in the minor unit of ISO 4217.',
    },
    security: [{ signature: [] }],
    paths,
    webhooks,
    components: {
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Seckill-Signature',
          description:
            '`t=<unix seconds>,v1=<hex HMAC-SHA256>` of `<t>.<METHOD> <path>`, a line feed and the raw body. The path is what follows the base address.',
        },
      },
    },
  };
  // By way of JSON, which leaves out what TypeBox keeps for itself.
  return HEAD + stringify(JSON.parse(JSON.stringify(document)), { lineWidth: 130, aliasDuplicateObjects: false });
}
