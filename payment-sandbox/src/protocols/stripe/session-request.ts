import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { invalid } from './errors.ts';
import type { Fields } from './form.ts';

const digits = Type.String({ pattern: '^[0-9]{1,10}$' });
const text = Type.String({ minLength: 1, maxLength: 5_000 });
const strict = { additionalProperties: false };
const metadata = Type.Optional(Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 500 })));
const line = Type.Object(
  {
    quantity: digits,
    price_data: Type.Object(
      {
        currency: Type.String({ pattern: '^[a-z]{3}$' }),
        unit_amount: digits,
        product_data: Type.Object({ name: text }, strict),
      },
      strict,
    ),
  },
  strict,
);
/** What the stand-in understands. Stripe refuses a parameter that it doesn't know, and the stand-in does so as well. */
const shape = Compile(
  Type.Object(
    {
      mode: Type.Literal('payment'),
      line_items: Type.Record(digits, line, { minProperties: 1, maxProperties: 100 }),
      success_url: text,
      cancel_url: Type.Optional(text),
      client_reference_id: Type.Optional(Type.String({ maxLength: 200 })),
      metadata,
      payment_intent_data: Type.Optional(Type.Object({ metadata }, strict)),
      adaptive_pricing: Type.Optional(Type.Object({ enabled: Type.Literal('false') }, strict)),
      locale: Type.Optional(text),
      expires_at: Type.Optional(digits),
    },
    strict,
  ),
);

/** What a session keeps, in Stripe's terms. */
export interface SessionData {
  amount: number;
  metadata: Record<string, string>;
  intentMetadata: Record<string, string>;
  reference: string | null;
  locale: string | null;
  successUrl: string;
  cancelUrl: string | null;
  /** Of the request that made it. */
  idempotencyKey: string | undefined;
  fingerprint: string;
}

/** What Stripe counts in another way than ISO 4217: Stripe's units to one ISO minor unit. */
const units: Readonly<Record<string, number>> = { isk: 100, ugx: 100, mga: 1 / 100 };
const tens: ReadonlySet<string> = new Set(['bhd', 'jod', 'kwd', 'omr', 'tnd']);

/** Returns an amount of Stripe in ISO 4217 minor units. */
export function minorUnits(amount: number, currency: string): number {
  const { [currency]: factor = 1 } = units;
  const step = tens.has(currency) ? 10 : Math.max(1, factor);
  if (amount % step !== 0) throw invalid(`Amounts in ${currency} are multiples of ${step}.`, { param: 'amount' });
  return Math.round(amount / factor);
}

const HALF_HOUR_SECONDS = 1_800;
const DAY_SECONDS = 86_400;

/** Reads and checks the parameters of a new session as Stripe does. */
export function readSession(fields: Fields, now: number) {
  if (!shape.Check(fields)) {
    const [first] = shape.Errors(fields);
    throw invalid('A parameter is missing, unknown or wrong.', { param: first?.instancePath.slice(1) ?? 'mode' });
  }
  const expiresAt = Number(fields.expires_at ?? now + DAY_SECONDS);
  if (expiresAt < now + HALF_HOUR_SECONDS || expiresAt > now + DAY_SECONDS)
    throw invalid('A session lives 30 minutes to 24 hours.', { param: 'expires_at' });
  const lines = Object.values(fields.line_items);
  const currencies = new Set(lines.map((each) => each.price_data.currency));
  const [currency = ''] = currencies;
  if (currencies.size !== 1) throw invalid('The lines are in several currencies.', { param: 'line_items' });
  const amount = lines.reduce((sum, each) => sum + Number(each.quantity) * Number(each.price_data.unit_amount), 0);
  if (amount > 99_999_999) throw invalid('The amount has more than eight digits.', { code: 'amount_too_large' });
  const { metadata = {} } = fields;
  return {
    paymentId: metadata['paymentId'] ?? randomUUID(),
    orderId: metadata['orderId'] ?? fields.client_reference_id ?? '',
    amountCents: minorUnits(amount, currency),
    currency: currency.toUpperCase(),
    title: lines.map((each) => each.price_data.product_data.name).join(', '),
    expiresAt: expiresAt * 1_000,
    returnUrl: fields.success_url,
    data: {
      amount,
      metadata,
      intentMetadata: fields.payment_intent_data?.metadata ?? {},
      reference: fields.client_reference_id ?? null,
      locale: fields.locale ?? null,
      successUrl: fields.success_url,
      cancelUrl: fields.cancel_url ?? null,
    },
  };
}
