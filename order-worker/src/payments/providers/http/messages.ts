import { Currency, PaymentId, UUID_PATTERN } from 'seckill-core';
import { type Static, Type } from 'typebox';

/** What travels between this platform and a payment service that speaks its HTTP API. The OpenAPI document is generated from these. */

const Amount = Type.Integer({ minimum: 0, description: "in the currency's ISO 4217 minor unit" });
const Time = Type.Integer({ minimum: 0, description: 'Unix time in milliseconds' });
const WebAddress = Type.String({ pattern: '^https?://', maxLength: 4_096 });
const Payer = Type.String({ minLength: 1, maxLength: 255, description: "the payer's id at your service" });
const RefundId = Type.String({ pattern: UUID_PATTERN, description: 'the idempotency key of the refund' });
const Reason = Type.String({
  minLength: 1,
  maxLength: 500,
  description: 'for the shop’s operator, in plain words, without personal data',
});

export const CheckoutBody = Type.Object({
  paymentId: Type.String({ pattern: UUID_PATTERN, description: 'the idempotency key of the payment' }),
  orderId: Type.String(),
  lines: Type.Array(Type.Object({ title: Type.String(), quantity: Type.Integer(), unitCents: Amount })),
  amountCents: Amount,
  currency: Currency,
  buyer: Type.String({ description: "the buyer's id in the shop" }),
  payerId: Type.Optional(Payer),
  channel: Type.Optional(
    Type.Union(
      (['page', 'qr', 'jsapi', 'app'] as const).map((each) => Type.Literal(each)),
      { description: 'how the buyer wants to pay; absent: your usual way' },
    ),
  ),
  locale: Type.String({ description: 'BCP 47, such as `en` or `zh-CN`' }),
  createdAt: Time,
  expiresAt: Type.Integer({ description: 'take no money after this Unix time in milliseconds' }),
  returnUrl: Type.String({ description: "the order's page in the shop" }),
  notifyUrl: Type.String({ description: 'where your notifications go' }),
});

export const CheckoutAnswer = Type.Object(
  {
    checkoutUrl: Type.Optional(WebAddress),
    qrCode: Type.Optional(Type.String({ minLength: 1, maxLength: 2_048, description: 'the text of a QR code' })),
    app: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'the arguments of a call in your app' })),
    providerRef: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'your id; the shop stores it' })),
    payer: Type.Optional(Payer),
  },
  { description: 'one of checkoutUrl, qrCode and app is there' },
);

const PaidStanding = Type.Object({
  state: Type.Literal('paid'),
  amountCents: Amount,
  currency: Currency,
  paidAt: Time,
  payer: Type.Optional(Payer),
});

export const CloseAnswer = Type.Union([Type.Object({ state: Type.Literal('closed') }), PaidStanding]);

export const PaymentAnswer = Type.Union([
  Type.Object({ state: Type.Union((['open', 'declined', 'closed', 'unknown'] as const).map((each) => Type.Literal(each))) }),
  PaidStanding,
]);

export const RefundBody = Type.Object({
  refundId: RefundId,
  paymentId: PaymentId,
  orderId: Type.String(),
  paidCents: Amount,
  amountCents: Amount,
  currency: Currency,
  reason: Type.String({ description: "for the buyer's statement" }),
});

const decided = [
  Type.Object({ state: Type.Literal('done') }),
  Type.Object({ state: Type.Literal('pending') }),
  Type.Object({ state: Type.Literal('refused'), reason: Reason }),
] as const;
export const RefundAnswer = Type.Union([...decided]);
export const KnownRefundAnswer = Type.Union([...decided, Type.Object({ state: Type.Literal('unknown') })]);

export const StatementLine = Type.Object({
  kind: Type.Union([Type.Literal('payment'), Type.Literal('refund')]),
  paymentId: PaymentId,
  refundId: Type.Optional(RefundId),
  amountCents: Amount,
  currency: Currency,
  at: Time,
});

/** The body of an answer with status 422. */
export const Refusal = Type.Object({ reason: Reason });

export type PaidAnswer = Static<typeof PaidStanding>;
