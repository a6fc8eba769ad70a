import {
  type OrderEvent,
  type PaymentReceived,
  type RefundEventName,
  type RefundOfEvent,
  readItemState,
  sendOrderEvents,
} from 'seckill-core';
import { announce, type Committed, type OrderWriter } from '../../orders/after-commit.ts';
import { eventOf, publishOrderEvents } from '../../orders/publish-order-events.ts';
import { announceSale } from '../../sales/commands/announce-sale.ts';
import type { WorkerContext } from '../../servers/worker-context.ts';
import { type SettledRefund, settleRefunds } from './settle-refunds.ts';

export type RefundWriter = OrderWriter & Pick<WorkerContext, 'log'>;

/**
 * Settles what the provider says of refunds, and announces what that changed. Idempotent: repeated events change nothing, and finish what a crash left
 * unfinished. Returns for each event, in order, why an operator has to see it; undefined if they need not.
 */
export async function settleRefundsAndAnnounce(
  parts: RefundWriter,
  events: readonly PaymentReceived[],
  { redelivered = false } = {},
): Promise<(string | undefined)[]> {
  if (events.length === 0) return [];
  const refunds = await settleRefunds(parts.prisma, events);
  const settled = [...refunds.values()];
  for (const { changed, state } of settled) if (changed) parts.metrics.refundsSettled.inc({ state });
  // A repeated event is announced again: the worker that had it first may have died before it announced what changed.
  await publishRefundEvents(parts, settled);
  const completing = settled.filter(({ doneEvent }) => doneEvent === 'refunded');
  await announceRefunded(parts, completing, redelivered);
  return events.map((event) => faultOf(event, refunds.get(event.refundId ?? '')));
}

async function publishRefundEvents({ publisher }: RefundWriter, refunds: readonly SettledRefund[]): Promise<void> {
  for (const fresh of [true, false]) {
    const events = refunds.filter(({ changed }) => changed === fresh).flatMap(refundEventsOf);
    if (events.length > 0) await sendOrderEvents(publisher, events, { repeat: !fresh });
  }
}

/** What it published, apart from what the end of its order did. */
function refundEventsOf(refund: SettledRefund): OrderEvent[] {
  if (refund.state === 'REFUSED') return [refundEventOf('refund-refused', refund)];
  return refund.doneEvent === 'partly-refunded' ? [refundEventOf('partly-refunded', refund)] : [];
}

/** Returns the event of a refund that did what this event reports. */
export function refundEventOf(name: RefundEventName, refund: SettledRefund): OrderEvent {
  const { order, reason, doneAt, doneVersion, refusedAt, refusedVersion, refusedReason } = refund;
  const happened =
    name === 'refund-refused'
      ? { at: refusedAt ?? 0, version: refusedVersion ?? 0, reason: refusedReason ?? undefined, refund: aboutIt(refund) }
      : { at: doneAt ?? 0, version: doneVersion ?? 0, reason, refund: { ...aboutIt(refund), ...outside(refund) } };
  return eventOf(name, order, happened);
}

const aboutIt = ({ refundId, amountCents, reason, returnsUnits, insteadOf }: SettledRefund): RefundOfEvent => ({
  refundId,
  amountCents,
  reason,
  ...(reason === 'operator' ? { returnUnits: returnsUnits } : {}),
  ...(insteadOf === null ? {} : { insteadOf }),
});

const outside = ({ settledBy }: SettledRefund): Pick<RefundOfEvent, 'settledOutside'> =>
  settledBy === null ? {} : { settledOutside: true };

async function announceRefunded(parts: RefundWriter, refunds: readonly SettledRefund[], redelivered: boolean): Promise<void> {
  const inRedis = await itemsInRedis(parts, refunds);
  const [current, retired]: [Committed[], Committed[]] = [[], []];
  for (const settled of refunds) {
    const { order, changed, doneVersion } = settled;
    const committed = {
      ...order,
      version: doneVersion ?? order.version ?? 0,
      fresh: changed,
      refund: { ...aboutIt(settled), ...outside(settled) },
    };
    (inRedis.has(order.itemId) ? current : retired).push(committed);
  }
  // Before the units leave the reservations: at no time are there more to win than the stock that remains.
  const shrinking = refunds.filter(({ shrinksStock, order }) => shrinksStock && inRedis.has(order.itemId));
  for (const saleId of new Set(shrinking.map(({ order }) => order.saleId))) await announceSale(parts, saleId);
  await announce(parts, 'refunded', current, { redelivered });
  for (const fresh of [true, false]) {
    const orders = retired.filter((order) => order.fresh === fresh);
    if (orders.length > 0) await publishOrderEvents(parts, 'refunded', orders, { repeat: !fresh });
  }
}

/** Redis forgets items of past sales. One that it has lost is rebuilt from PostgreSQL, which knows the refunds already. */
async function itemsInRedis({ redis }: RefundWriter, refunds: readonly SettledRefund[]): Promise<Set<string>> {
  const items = [...new Set(refunds.map(({ order }) => order.itemId))];
  const live = await Promise.all(items.map(async (itemId) => (await readItemState(redis, itemId)).live));
  return new Set(items.filter((_, i) => live[i] !== undefined));
}

function faultOf(event: PaymentReceived, refund: SettledRefund | undefined): string | undefined {
  const { type, refundId, eventId, provider } = event;
  if (refund === undefined) {
    return `Event ${eventId} is about refund ${refundId}, which this platform did not begin. Look it up at the provider.`;
  }
  if (provider !== undefined && provider !== refund.provider) {
    return `Refund ${refundId} was sent to ${refund.provider}, and ${provider} reports it.`;
  }
  if (refund.settledBy !== null && refund.state === 'DONE') {
    return type === 'refund.refused' || event.settledBy !== undefined
      ? undefined
      : `Refund ${refundId} was settled outside the provider, and the provider has done it too. Ask the provider whether the buyer has the money twice.`;
  }
  if (type === 'refund.done' && refund.state !== 'DONE') {
    return `The provider had refused refund ${refundId} and did it later, and refund ${refund.retriedBy} took its place. Ask the provider whether both went back.`;
  }
  if (type === 'refund.refused' && refund.state === 'DONE') {
    return `The provider had done refund ${refundId}, and says now that it failed. Ask the provider whether the buyer has the money.`;
  }
  return undefined;
}
