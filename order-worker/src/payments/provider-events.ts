import { type PaymentReceived, paymentReceived, send } from 'seckill-core';
import type { WorkerContext } from '../servers/worker-context.ts';
import type { PaidFacts, ProviderEvent } from './provider.ts';

/**
 * Stores what a provider said of payments and refunds. Whether it came by a notification, as the answer to a question or from a statement, it is the same
 * message, so there is one path to settle it.
 */
export async function storeEvents(
  { publisher }: Pick<WorkerContext, 'publisher'>,
  provider: string,
  events: readonly ProviderEvent[],
): Promise<void> {
  await Promise.all(events.map((event) => send(publisher, paymentReceived, messageOf(provider, event))));
}

/** What the platform learned by asking: every such answer about a payment is the same event. */
export const paidWhenAsked = (payment: { paymentId: string; orderId: string }, facts: PaidFacts): ProviderEvent => ({
  kind: 'paid',
  eventId: `asked:${payment.paymentId}`,
  paymentId: payment.paymentId,
  orderId: payment.orderId,
  facts,
});

function messageOf(provider: string, event: ProviderEvent): PaymentReceived {
  const { eventId, paymentId, orderId } = event;
  const base = { eventId, provider, paymentId, orderId };
  switch (event.kind) {
    case 'paid': {
      const { amountCents, currency, paidAt, payer } = event.facts;
      const who = payer === undefined ? {} : { payer };
      return { ...base, type: 'payment.succeeded', amountCents, currency, paidAt, ...who };
    }
    case 'failed':
      return { ...base, type: 'payment.failed', amountCents: event.amountCents, currency: event.currency };
    case 'refund': {
      const { refundId, amountCents, currency, standing } = event;
      const money = { refundId, amountCents, currency };
      return standing.state === 'refused'
        ? { ...base, ...money, type: 'refund.refused', reason: standing.reason.slice(0, 500) }
        : { ...base, ...money, type: 'refund.done' };
    }
  }
}
