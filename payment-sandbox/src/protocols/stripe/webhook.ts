import { createHash, createHmac } from 'node:crypto';
import type { SandboxEvent, SandboxNotification } from '../../protocol.ts';
import { intentOf, refundOf, sessionOf } from './objects.ts';

const seconds = (ms: number) => Math.floor(ms / 1_000);

const refundTypes = { PENDING: 'refund.created', DONE: 'refund.updated', REFUSED: 'refund.failed' } as const;

/** Type and object of an event, and when it happened, ms. */
function contentOf(event: SandboxEvent): { type: string; at: number; object: object } {
  const { payment } = event;
  switch (event.kind) {
    case 'paid':
      return { type: 'checkout.session.completed', at: payment.paidAt ?? payment.createdAt, object: sessionOf(payment, '') };
    case 'declined':
      return { type: 'payment_intent.payment_failed', at: payment.createdAt, object: intentOf(payment) };
    case 'closed':
      return { type: 'checkout.session.expired', at: payment.closedAt ?? payment.createdAt, object: sessionOf(payment, '') };
    case 'refund': {
      const { refund } = event;
      return { type: refundTypes[refund.state], at: refund.doneAt ?? refund.createdAt, object: refundOf(refund, payment) };
    }
  }
}

/** Returns an event of Stripe, unsigned. */
export function bodyOf(event: SandboxEvent): string {
  const { type, at, object } = contentOf(event);
  return JSON.stringify({
    id: `evt_${createHash('sha256').update(event.id).digest('hex').slice(0, 24)}`,
    object: 'event',
    api_version: '2026-10-28.endive',
    created: seconds(at),
    data: { object },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  });
}

/** Signs as Stripe does: HMAC-SHA256 of time and body, in hexadecimal. */
export function signed(url: string, body: string, secret: string): SandboxNotification {
  const time = seconds(Date.now());
  const signature = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
  return {
    url,
    body,
    headers: { 'content-type': 'application/json; charset=utf-8', 'stripe-signature': `t=${time},v1=${signature}` },
  };
}
