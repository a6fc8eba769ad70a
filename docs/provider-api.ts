import { PaymentNotification } from 'seckill-core';
import * as messages from '../order-worker/src/payments/providers/http/messages.ts';
import { idInPath, json, others, refusal, serviceApi } from './service-api.ts';

const answers = (schema: object, more = {}) => ({ 200: { description: 'The answer.', ...json(schema) }, ...more, ...others });

const paths = {
  '/checkouts': {
    post: {
      summary: 'Begin a payment',
      description: 'The same paymentId has the same checkout, also if it is paid already.',
      requestBody: { required: true, ...json(messages.CheckoutBody) },
      responses: answers(messages.CheckoutAnswer, refusal(messages.Refusal)),
    },
  },
  '/checkouts/{paymentId}/close': {
    post: {
      summary: 'Close a payment, unless it is paid',
      description:
        'After `closed`, take no money for it. A payment that you have never seen is closed too: its checkout may arrive later.',
      parameters: [idInPath('paymentId')],
      requestBody: { required: true, ...json(messages.CheckoutBody) },
      responses: answers(messages.CloseAnswer),
    },
  },
  '/payments/{paymentId}': {
    get: {
      summary: 'Say what is known about a payment',
      description: 'A payment stays `paid` after a refund. `unknown`: you have never seen it.',
      parameters: [idInPath('paymentId')],
      responses: answers(messages.PaymentAnswer),
    },
  },
  '/refunds': {
    post: {
      summary: 'Give money back, all of it or a part',
      description:
        'The same refundId is one refund. `pending`: you decide later, and notify. `paidCents` is what the buyer paid in all.',
      requestBody: { required: true, ...json(messages.RefundBody) },
      responses: answers(messages.RefundAnswer, refusal(messages.Refusal)),
    },
  },
  '/refunds/{refundId}': {
    get: {
      summary: 'Say what is known about a refund',
      parameters: [idInPath('refundId')],
      responses: answers(messages.KnownRefundAnswer),
    },
  },
  '/statements/{day}': {
    get: {
      summary: 'List the payments and refunds of a day',
      description: 'The audit compares them with the orders. `day` is YYYY-MM-DD in your calendar. One JSON object a line.',
      parameters: [idInPath('day')],
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
export const providerApi = (): string =>
  serviceApi({
    messages: 'order-worker/src/payments/providers/http/messages.ts',
    page: 'docs/payments.md',
    info: {
      title: 'Seckill payment service',
      version: '1.0.0',
      description:
        'A payment service implements these calls for the HTTP provider. Amounts are integers in the minor unit of ISO 4217.',
    },
    paths,
    webhooks,
    signature:
      '`t=<unix seconds>,v1=<hex HMAC-SHA256>` of `<t>.<METHOD> <path>`, a line feed and the raw body. The path is what follows the base address.',
  });
