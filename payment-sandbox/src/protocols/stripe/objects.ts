import type { SandboxPayment, SandboxRefund } from '../../books.ts';
import type { SessionData } from './session-request.ts';

/** Stripe's objects, made from the books. Only the fields that matter to a payment are there. */

const hex = (uuid: string) => uuid.replaceAll('-', '');
const seconds = (ms: number) => Math.floor(ms / 1_000);
export const dataOf = (payment: SandboxPayment): SessionData => payment.data as unknown as SessionData;

/** Returns the number at the end of an object's id, as a UUID; undefined if the id has another form. */
export function numberIn(prefix: string, id: string): string | undefined {
  const number = id.startsWith(prefix) ? id.slice(prefix.length) : '';
  return /^[0-9a-f]{32}$/.test(number) ? number.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : undefined;
}

const sessionId = ({ paymentId }: SandboxPayment) => `cs_test_${hex(paymentId)}`;
const intentId = ({ paymentId }: SandboxPayment) => `pi_${hex(paymentId)}`;

/** Whether the buyer has tried to pay: Stripe makes a PaymentIntent only then. */
export const hasIntent = ({ state }: SandboxPayment) => state === 'PAID' || state === 'DECLINED';

const moneyOf = (payment: SandboxPayment) => ({
  amount: dataOf(payment).amount,
  currency: payment.currency.toLowerCase(),
  livemode: false,
  metadata: dataOf(payment).intentMetadata,
});

export function chargeOf(payment: SandboxPayment) {
  return {
    id: `ch_${hex(payment.paymentId)}`,
    object: 'charge',
    ...moneyOf(payment),
    amount_captured: dataOf(payment).amount,
    captured: true,
    created: seconds(payment.paidAt ?? payment.createdAt),
    paid: true,
    payment_intent: intentId(payment),
    status: 'succeeded',
  };
}

const declined = {
  type: 'card_error',
  code: 'card_declined',
  decline_code: 'generic_decline',
  message: 'Your card was declined.',
};

/** @param expand `latest_charge`, if it is in there. */
export function intentOf(payment: SandboxPayment, expand: readonly string[] = []) {
  const isPaid = payment.state === 'PAID';
  const charge = chargeOf(payment);
  return {
    id: intentId(payment),
    object: 'payment_intent',
    ...moneyOf(payment),
    amount_received: isPaid ? dataOf(payment).amount : 0,
    created: seconds(payment.createdAt),
    last_payment_error: payment.state === 'DECLINED' ? declined : null,
    latest_charge: isPaid ? (expand.includes('latest_charge') ? charge : charge.id) : null,
    payment_method_types: ['card'],
    status: isPaid ? 'succeeded' : 'requires_payment_method',
  };
}

const statuses = { OPEN: 'open', DECLINED: 'open', PAID: 'complete', CLOSED: 'expired' } as const;

/** @param url Of the page, while the session is open. */
export function sessionOf(payment: SandboxPayment, url: string, expand: readonly string[] = []) {
  const { amount, metadata, reference, locale, successUrl, cancelUrl } = dataOf(payment);
  const status = statuses[payment.state];
  const inner = expand.flatMap((path) => (path.startsWith('payment_intent.') ? [path.slice('payment_intent.'.length)] : []));
  const isExpanded = expand.includes('payment_intent') || inner.length > 0;
  return {
    id: sessionId(payment),
    object: 'checkout.session',
    amount_subtotal: amount,
    amount_total: amount,
    cancel_url: cancelUrl,
    client_reference_id: reference,
    created: seconds(payment.createdAt),
    currency: payment.currency.toLowerCase(),
    expires_at: seconds(payment.expiresAt ?? payment.createdAt),
    livemode: false,
    locale,
    metadata,
    mode: 'payment',
    payment_intent: hasIntent(payment) ? (isExpanded ? intentOf(payment, inner) : intentId(payment)) : null,
    payment_method_types: ['card'],
    payment_status: status === 'complete' ? 'paid' : 'unpaid',
    status,
    success_url: successUrl,
    url: status === 'open' ? url : null,
  };
}

const refundStatuses = { PENDING: 'pending', DONE: 'succeeded', REFUSED: 'failed' } as const;

export interface RefundData {
  amount: number;
  metadata: Record<string, string>;
  idempotencyKey: string | undefined;
  fingerprint: string;
}
export const refundDataOf = (refund: SandboxRefund): RefundData => refund.data as unknown as RefundData;

export function refundOf(refund: SandboxRefund, payment: SandboxPayment) {
  const { amount, metadata } = refundDataOf(refund);
  return {
    id: `re_${hex(refund.refundId)}`,
    object: 'refund',
    amount,
    charge: chargeOf(payment).id,
    created: seconds(refund.createdAt),
    currency: refund.currency.toLowerCase(),
    ...(refund.state === 'REFUSED' ? { failure_reason: refund.reason ?? 'unknown' } : {}),
    metadata,
    payment_intent: intentId(payment),
    reason: null,
    status: refundStatuses[refund.state],
  };
}

/** What a payment or a refund does to the account's balance. */
export function transactionOf(source: ReturnType<typeof chargeOf> | ReturnType<typeof refundOf>, isExpanded: boolean) {
  const type = source.object === 'charge' ? 'charge' : 'refund';
  const amount = type === 'charge' ? source.amount : -source.amount;
  return {
    id: `txn_${source.id}`,
    object: 'balance_transaction',
    amount,
    available_on: source.created,
    created: source.created,
    currency: source.currency,
    exchange_rate: null,
    fee: 0,
    fee_details: [],
    net: amount,
    reporting_category: type,
    source: isExpanded ? source : source.id,
    status: 'available',
    type,
  };
}
