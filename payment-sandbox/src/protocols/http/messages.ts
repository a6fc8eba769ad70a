import type { PaymentReceived } from 'seckill-core';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { SandboxPayment } from '../../books.ts';
import type { ProtocolParts, SandboxAnswer, SandboxEvent } from '../../protocol.ts';

const money = { paymentId: Type.String(), amountCents: Type.Integer(), currency: Type.String() };
export const checkoutBody = Compile(
  Type.Object({
    ...money,
    orderId: Type.String(),
    expiresAt: Type.Optional(Type.Integer()),
    returnUrl: Type.Optional(Type.String()),
    payerId: Type.Optional(Type.String()),
    lines: Type.Optional(Type.Array(Type.Object({ title: Type.String() }))),
  }),
);
export const refundBody = Compile(Type.Object({ ...money, refundId: Type.Optional(Type.String()) }));

const facts = ({ amountCents, currency, paidAt, payer }: SandboxPayment) => ({ amountCents, currency, paidAt, payer });

/** What the provider knows about a payment. */
export function standingOf(payment: SandboxPayment | undefined): object {
  if (payment === undefined) return { state: 'unknown' };
  return { state: payment.state.toLowerCase(), ...(payment.state === 'PAID' ? facts(payment) : {}) };
}

type Notification = Pick<PaymentReceived, 'eventId' | 'type' | 'paymentId' | 'orderId' | 'amountCents' | 'currency'>;

/** Undefined for what the shop isn't notified of. */
export function notificationBody(event: SandboxEvent): Notification | undefined {
  const { id: eventId, payment } = event;
  const { paymentId, orderId, amountCents, currency } = payment;
  const common = { eventId, paymentId, orderId };
  if (event.kind !== 'refund') {
    if (event.kind === 'closed') return undefined;
    if (event.kind === 'paid') return { ...common, type: 'payment.succeeded', ...facts(payment) };
    return { ...common, type: 'payment.failed', amountCents, currency };
  }
  const { refundId, state, reason, ...refund } = event.refund;
  const type = state === 'DONE' ? 'refund.done' : 'refund.refused';
  const more = { refundId, reason };
  return { ...common, type, amountCents: refund.amountCents, currency: refund.currency, ...more };
}

/** The statement of a day in UTC, as JSON lines. */
export function statementOf(books: ProtocolParts['books'], protocol: string, day: string): SandboxAnswer {
  const isOfDay = (at: number | undefined): at is number => at !== undefined && new Date(at).toISOString().startsWith(day);
  const lines: object[] = [];
  for (const { paymentId, amountCents, currency, paidAt } of books.paymentsOf(protocol)) {
    if (isOfDay(paidAt)) lines.push({ kind: 'payment', paymentId, amountCents, currency, at: paidAt });
  }
  for (const { refundId, payment, amountCents, currency, doneAt } of books.refundsOf(protocol)) {
    const paymentId = payment.slice(protocol.length + 1);
    if (isOfDay(doneAt)) lines.push({ kind: 'refund', paymentId, refundId, amountCents, currency, at: doneAt });
  }
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  return { status: 200, headers: { 'content-type': 'application/x-ndjson' }, body };
}
