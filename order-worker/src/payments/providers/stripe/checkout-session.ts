import type { Stripe } from 'stripe';
import type { CheckoutRequest } from '../../provider.ts';
import { toStripe } from './amounts.ts';

const MINUTE_MS = 60_000;
/** Stripe takes 30 minutes after the request at the least. The rest is for clocks that differ. */
const SHORTEST_MS = 31 * MINUTE_MS;
/** Stripe takes 24 hours at the most. */
const LONGEST_MS = 24 * 60 * MINUTE_MS - 10 * MINUTE_MS;

/**
 * When Stripe closes the session, if this platform doesn't: ms. It leaves room for a first request that arrives only when the order's time is nearly
 * up, and it is the same for every request of a payment, as the idempotency key demands.
 */
export const sessionEnd = ({ createdAt, expiresAt }: CheckoutRequest): number =>
  Math.min(Math.max(createdAt, expiresAt) + SHORTEST_MS, createdAt + LONGEST_MS);

/** Marks what belongs to a payment; on the session, and on the PaymentIntent, from which Stripe copies it to the charge. */
const metadataOf = ({ paymentId, orderId }: CheckoutRequest): Stripe.MetadataParam => ({ paymentId, orderId });

/** Returns the parameters of a payment's checkout session: always the same ones for the same payment. */
export function checkoutSession(request: CheckoutRequest, returnUrl: string): Stripe.Checkout.SessionCreateParams {
  const { currency, orderId, locale } = request;
  return {
    mode: 'payment',
    line_items: request.lines.map(({ title, quantity, unitCents }) => ({
      quantity,
      price_data: {
        currency: currency.toLowerCase(),
        unit_amount: toStripe(unitCents, currency),
        product_data: { name: title },
      },
    })),
    client_reference_id: orderId,
    metadata: metadataOf(request),
    payment_intent_data: { metadata: metadataOf(request) },
    // Otherwise a buyer may pay in another currency, and the money would match no order.
    adaptive_pricing: { enabled: false },
    locale: localeOf(locale),
    success_url: returnUrl,
    cancel_url: returnUrl,
    expires_at: Math.floor(sessionEnd(request) / 1_000),
  };
}

type Locale = Stripe.Checkout.SessionCreateParams.Locale;
const locales: ReadonlySet<Locale> = new Set<Locale>([
  ...(['bg', 'cs', 'da', 'de', 'el', 'en', 'en-GB', 'es', 'es-419', 'et', 'fi', 'fil', 'fr', 'fr-CA', 'hr', 'hu', 'id'] as const),
  ...(['it', 'ja', 'ko', 'lt', 'lv', 'ms', 'mt', 'nb', 'nl', 'pl', 'pt', 'pt-BR', 'ro', 'ru', 'sk', 'sl', 'sv', 'th'] as const),
  ...(['tr', 'vi', 'zh', 'zh-HK', 'zh-TW'] as const),
]);

/** Returns Stripe's locale for a BCP 47 tag; `auto` is the browser's language. */
function localeOf(tag: string): Locale {
  if (locales.has(tag)) return tag;
  const [language = ''] = tag.split('-');
  return locales.has(language) ? language : 'auto';
}
