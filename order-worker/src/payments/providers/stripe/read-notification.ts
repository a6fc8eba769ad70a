import { UUID_PATTERN } from 'seckill-core';
import { Stripe } from 'stripe';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Notification, ProviderEvent } from '../../provider.ts';
import { fromStripe } from './amounts.ts';
import { Refund, refundStanding } from './stripe-refunds.ts';

/** Stripe signs each attempt again. */
const TOLERANCE_SECONDS = 300;

const id = Type.String({ pattern: UUID_PATTERN });
const Event = Type.Object({
  id: Type.String({ pattern: '^evt_[A-Za-z0-9_]{1,90}$' }),
  type: Type.String(),
  created: Type.Integer({ minimum: 0 }),
  data: Type.Object({ object: Type.Object({}) }),
});
const eventShape = Compile(Event);
/** The metadata of this platform's payments: an account may have others. */
const ours = Type.Object({ paymentId: id, orderId: id });
const amount = Type.Integer({ minimum: 0 });
const money = { metadata: ours, currency: Type.String({ pattern: '^[a-z]{3}$' }) };
const sessionShape = Compile(Type.Object({ ...money, payment_status: Type.String(), amount_total: amount }));
const intentShape = Compile(Type.Object({ ...money, amount }));
const refundMetadata = Type.Object({ ...ours.properties, refundId: id });
const refundShape = Compile(Type.Object({ ...Refund.properties, ...money, amount, metadata: refundMetadata }));

const answer = (status: number, body: string) => ({ status, contentType: 'text/plain', body });

/** Verifies and reads a call of Stripe's webhook endpoint. */
export function readNotification(rawBody: Buffer, signature: string, secrets: readonly string[]): Notification {
  const invalid = (reason: string): Notification => ({
    kind: 'invalid',
    reason,
    answer: answer(401, 'The signature is invalid.'),
  });
  for (const secret of secrets) {
    try {
      const event: unknown = Stripe.webhooks.constructEvent(rawBody, signature, secret, TOLERANCE_SECONDS);
      if (!eventShape.Check(event)) return invalid('it is signed, and not an event of Stripe');
      return { kind: 'events', events: eventsOf(event), answer: answer(200, 'received') };
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) return invalid('it is signed, and not JSON');
    }
  }
  return invalid(`its signature is missing, older than ${TOLERANCE_SECONDS} s, or made with another secret`);
}

function eventsOf({ id: eventId, type, created, data: { object } }: Static<typeof Event>): ProviderEvent[] {
  switch (type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded': {
      // A session is completed `unpaid` if the money comes later.
      if (!sessionShape.Check(object) || object.payment_status !== 'paid') return [];
      const facts = { ...fromStripe(object.amount_total, object.currency), paidAt: created * 1_000 };
      return [{ kind: 'paid', eventId, ...idsOf(object.metadata), facts }];
    }
    case 'payment_intent.payment_failed':
      if (!intentShape.Check(object)) return [];
      return [{ kind: 'failed', eventId, ...idsOf(object.metadata), ...fromStripe(object.amount, object.currency) }];
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed': {
      if (!refundShape.Check(object)) return [];
      const standing = refundStanding(object);
      if (standing.state === 'pending') return [];
      const { refundId } = object.metadata;
      const money = fromStripe(object.amount, object.currency);
      return [{ kind: 'refund', eventId, refundId, ...idsOf(object.metadata), ...money, standing }];
    }
    default:
      return [];
  }
}

const idsOf = ({ paymentId, orderId }: Static<typeof ours>) => ({ paymentId, orderId });
