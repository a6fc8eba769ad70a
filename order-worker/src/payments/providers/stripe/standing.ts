import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { PaidFacts } from '../../provider.ts';
import { fromStripe } from './amounts.ts';

/** Undocumented fields may be added at any time, so the shapes hold only what is read. */
const Intent = Type.Object({
  status: Type.String(),
  amount_received: Type.Integer(),
  currency: Type.String(),
  created: Type.Integer(),
  latest_charge: Type.Union([Type.Null(), Type.Object({ created: Type.Integer() })]),
  last_payment_error: Type.Union([Type.Null(), Type.Object({})]),
});
const Session = Type.Object({
  id: Type.String({ minLength: 1 }),
  status: Type.Union([Type.Literal('open'), Type.Literal('complete'), Type.Literal('expired')]),
  payment_intent: Type.Union([Type.Null(), Intent]),
});
/** Of a session with its PaymentIntent and charge: {@link WITH_CHARGE}. */
export const sessionShape = Compile(Session);
export const WITH_CHARGE = ['payment_intent.latest_charge'];
/** Of a search for PaymentIntents with `data.latest_charge`. */
export const intentsShape = Compile(Type.Object({ data: Type.Array(Intent) }));

type Standing =
  | { state: 'open' | 'declined' }
  | { state: 'closed' }
  /** The buyer is done, and the money comes later, or not at all: a bank transfer, a voucher. */
  | { state: 'coming' }
  | { state: 'paid'; facts: PaidFacts };

export function standingOf({ status, payment_intent: intent }: Static<typeof Session>): Standing {
  if (status === 'open') return { state: intent === null || intent.last_payment_error === null ? 'open' : 'declined' };
  if (status === 'expired' || intent === null) return { state: 'closed' };
  return intentStanding(intent);
}

/** Of the PaymentIntent of a session that takes no further attempt. */
export function intentStanding(intent: Static<typeof Intent>): Standing {
  const { status, amount_received: amount, latest_charge: charge } = intent;
  if (status === 'canceled' || status === 'requires_payment_method') return { state: 'closed' };
  // A transfer is `processing`; a voucher that waits for its payment `requires_action`.
  if (status !== 'succeeded') return { state: 'coming' };
  const paidAt = (charge ?? intent).created * 1_000;
  return { state: 'paid', facts: { ...fromStripe(amount, intent.currency), paidAt } };
}
