import { sayMoney } from 'seckill-core';
import type { ProviderEvent } from '../../../payments/provider.ts';
import { paidWhenAsked, storeEvents } from '../../../payments/provider-events.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { type Drift, driftOfEach, type Repair } from '../drift.ts';
import type { Difference } from './compare-lines.ts';
import { type Compared, stillDiffering } from './still-differing.ts';

/** Says what differs between a provider and the books. Money that only the provider knows of is settled as if it had been reported now. */
export function explainProvider(context: AuditContext, compared: Compared): Drift[] {
  const { provider, away, differences } = compared;
  if (away !== undefined) {
    return [{ says: `${provider} could not be compared with the books: ${away}.`, advice: 'Audit again once it answers.' }];
  }
  const repairable = differences.filter(({ fault }) => fault === 'there');
  const others = differences.filter(({ fault }) => fault !== 'there');
  const id = ({ paymentId, refundId }: Difference) => refundId ?? paymentId;
  return [
    ...driftOfEach(repairable, {
      id,
      says: (difference) => sentenceOf(provider, difference),
      more: `More payments and refunds that ${provider} has and the books lack`,
      repair: (ids) =>
        settling(
          context,
          provider,
          repairable.filter((each) => ids.includes(id(each))),
        ),
    }),
    ...driftOfEach(others, {
      id,
      says: (difference) => sentenceOf(provider, difference),
      more: `More payments and refunds of which ${provider} says something else`,
      advice: `Look it up at ${provider}, and correct the side that is wrong: the platform moves no money for it.`,
    }),
  ];
}

function sentenceOf(provider: string, { kind, fault, orderId, paymentId, refundId, line, booked }: Difference): string {
  const what = kind === 'payment' ? `payment ${paymentId}` : `refund ${refundId ?? 'without a number'} of payment ${paymentId}`;
  const theirs = line === undefined ? '' : sayMoney(line.amountCents, line.currency);
  const ours = booked === undefined ? '' : `${sayMoney(booked.amountCents, booked.currency)}, ${booked.state}`;
  const said = `${provider} has ${what} of order ${orderId} with ${theirs}`;
  if (fault === 'here') return `The books have ${what} of order ${orderId} (${ours}), and ${provider} has no such money.`;
  if (fault === 'twice') return `${said}, and it was settled outside the provider: the buyer has the money twice.`;
  if (fault === 'unknown') return `${said}, and no such refund was begun here.`;
  return `${said}, and in the books it is ${ours}.`;
}

function settling(context: AuditContext, provider: string, differences: readonly Difference[]): Repair {
  return {
    kind: 'provider',
    writes: 'postgres',
    does: 'settles it as if the provider reported it now: it pays the order, or the money goes back, or the refund is done.',
    apply: async () => {
      const still = await stillDiffering(context, { provider, differences });
      const events = still.filter(({ fault }) => fault === 'there').flatMap(eventOf);
      await storeEvents(context, provider, events);
      return events.map(({ paymentId }) => paymentId);
    },
  };
}

function eventOf({ kind, orderId, paymentId, refundId, line }: Difference): ProviderEvent[] {
  if (line === undefined) return [];
  const { amountCents, currency, at } = line;
  if (kind === 'payment') return [paidWhenAsked({ paymentId, orderId }, { amountCents, currency, paidAt: at })];
  if (refundId === undefined) return [];
  const standing = { state: 'done' } as const;
  return [{ kind, eventId: `asked:${refundId}:done`, refundId, paymentId, orderId, amountCents, currency, standing }];
}
