import { HttpUrl } from 'seckill-core';
import { Type } from 'typebox';
import { defineProvider } from '../../provider.ts';

const WebhookSecret = Type.String({
  pattern: '^whsec_',
  description: "the signing secret of Stripe's webhook endpoint, which begins with whsec_",
});

export const provider = defineProvider({
  name: 'stripe',
  settings: Type.Object({
    STRIPE_SECRET_KEY: Type.String({
      pattern: '^(sk|rk)_(test|live)_',
      description: 'a secret or restricted key of Stripe, which begins with sk_ or rk_',
    }),
    STRIPE_WEBHOOK_SECRET: WebhookSecret,
    STRIPE_WEBHOOK_SECRET_PREVIOUS: Type.Optional(WebhookSecret),
    STRIPE_API_URL: Type.Optional(HttpUrl),
  }),
  faultsOf: ({ STRIPE_SECRET_KEY: key, STRIPE_API_URL: url }) =>
    url !== undefined && key.includes('_live_')
      ? ['STRIPE_SECRET_KEY is a live key, which must not be sent to another address than Stripe. Remove STRIPE_API_URL.']
      : [],
  create: async (values, { returnUrl, log }) => {
    const { STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: secret, STRIPE_WEBHOOK_SECRET_PREVIOUS: previous } = values;
    if (key.includes('_test_')) log.warn({ provider: 'stripe' }, 'STRIPE_SECRET_KEY is a test key: no money moves');
    const { createStripeProvider } = await import('./stripe-provider.ts');
    return createStripeProvider({
      key,
      webhookSecrets: previous === undefined ? [secret] : [secret, previous],
      url: values.STRIPE_API_URL ?? 'https://api.stripe.com',
      returnUrl,
    });
  },
});
