import type { PaymentProvider } from '../../provider.ts';
import { readNotification } from './read-notification.ts';
import { readStatement } from './read-statement.ts';
import { StripeApi } from './stripe-api.ts';
import { StripeCheckouts } from './stripe-checkouts.ts';
import { StripeRefunds } from './stripe-refunds.ts';

interface StripeOptions {
  key: string;
  /** A notification is valid if one of them signed it. */
  webhookSecrets: readonly string[];
  url: string;
  returnUrl(orderId: string): string;
}

/** Stripe Checkout, on a page of Stripe. */
export function createStripeProvider({ key, webhookSecrets, url, returnUrl }: StripeOptions): PaymentProvider {
  const api = new StripeApi(key, url);
  const checkouts = new StripeCheckouts(api, returnUrl);
  const refunds = new StripeRefunds(api);
  return {
    name: 'stripe',
    createCheckout: (request, giveUpAt) => checkouts.create(request, giveUpAt),
    closeCheckout: (request, giveUpAt) => checkouts.close(request, giveUpAt),
    getPayment: (request, giveUpAt) => checkouts.standing(request, giveUpAt),
    refund: (request, giveUpAt) => refunds.send(request, giveUpAt),
    getRefund: (request, giveUpAt) => refunds.standing(request, giveUpAt),
    readNotification: async (rawBody, headers) => readNotification(rawBody, headers['stripe-signature'] ?? '', webhookSecrets),
    readStatement: (day) => readStatement(api, day),
  };
}
