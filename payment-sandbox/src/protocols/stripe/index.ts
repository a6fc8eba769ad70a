import { randomBytes } from 'node:crypto';
import { Type } from 'typebox';
import { defineProtocol } from '../../protocol.ts';
import { StripeProtocol } from './stripe-protocol.ts';

/** Stripe's API, version 1: checkout sessions, PaymentIntents, refunds, balance transactions, webhooks. */
export const protocol = defineProtocol({
  name: 'stripe',
  settings: Type.Object({
    STRIPE_SECRET_KEY: Type.Optional(Type.String({ pattern: '^sk_test_', description: 'a key that begins with sk_test_' })),
    STRIPE_WEBHOOK_SECRET: Type.Optional(Type.String({ pattern: '^whsec_', description: 'a secret that begins with whsec_' })),
  }),
  create({ STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: secret }, parts) {
    return key === undefined || secret === undefined ? undefined : new StripeProtocol(parts, key, secret);
  },
  trial({ sandbox }) {
    const keys = {
      STRIPE_SECRET_KEY: `sk_test_${randomBytes(18).toString('hex')}`,
      STRIPE_WEBHOOK_SECRET: `whsec_${randomBytes(18).toString('hex')}`,
    };
    return { worker: { ...keys, STRIPE_API_URL: sandbox }, sandbox: keys };
  },
});
