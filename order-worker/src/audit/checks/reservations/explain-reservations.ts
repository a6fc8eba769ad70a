import { type OrderEventName, RESERVATION_MOVES, type ReservationStatus } from 'seckill-core';
import { MATCHING } from '../../../stock/replay-orders.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { type Mismatch, sameUnits } from '../../evidence/compare-reservations.ts';
import { readAnnounced } from '../../evidence/order-events.ts';
import { type Drift, driftOfEach } from '../drift.ts';
import { correctReservations } from './correct-reservations.ts';
import { readDeadWinners } from './dead-winners.ts';
import { replayReservations } from './replay-reservations.ts';
import { returnLostWins } from './return-lost-wins.ts';

/** The event that proves that PostgreSQL had committed what Redis says. */
const EVENT_OF: Partial<Record<ReservationStatus, OrderEventName>> = {
  ORDERED: 'created',
  PAID: 'paid',
  CANCELLED: 'cancelled',
  REJECTED: 'rejected',
  REFUNDED: 'refunded',
};

/** Says what each mismatch means, and what repairs it. */
export async function explainReservations(context: AuditContext, mismatches: readonly Mismatch[]): Promise<Drift[]> {
  const deadLetters = await readDeadWinners(context.nc);
  const isDead = ({ reservationId }: Mismatch) => deadLetters.has(reservationId);
  const unrecorded = mismatches.filter(({ postgres }) => postgres === undefined);
  const recorded = mismatches.filter(({ postgres }) => postgres !== undefined);
  const reserved = unrecorded.filter(({ redis }) => redis?.status === 'RESERVED');
  const { forgotten, ahead } = await splitAhead(
    context,
    recorded.filter((each) => !isBehind(each)),
  );
  return [
    ...reserved.filter(isDead).map(({ reservationId }) => explainDeadWinner(reservationId, deadLetters.get(reservationId) ?? 0)),
    ...explainLost(
      context,
      reserved.filter((each) => !isDead(each)),
    ),
    ...explainBehind(context, recorded.filter(isBehind)),
    ...explainAhead(context, ahead),
    ...[...unrecorded.filter(({ redis }) => redis?.status !== 'RESERVED'), ...forgotten].map(explainForgotten),
  ];
}

/** Without a full stop. The same words mean the same mismatch. */
export function sayMismatch({ reservationId, redis, postgres }: Mismatch): string {
  if (redis !== undefined && postgres !== undefined && !sameUnits(redis, postgres)) {
    const inRedis = `${redis.status} of ${redis.quantity} for ${redis.userId} in Redis`;
    return `${reservationId} is ${inRedis} and ${postgres.status} of ${postgres.quantity} for ${postgres.userId} in PostgreSQL`;
  }
  const recorded =
    postgres === undefined ? 'PostgreSQL has neither an order nor a rejection' : `${postgres.status} in PostgreSQL`;
  return `${reservationId} is ${redis?.status ?? 'missing'} in Redis and ${recorded}`;
}

/** Redis can reach PostgreSQL's state by the moves that it has missed. */
function isBehind({ redis, postgres }: Mismatch): boolean {
  if (postgres === undefined) return false;
  if (redis === undefined) return true;
  const target = MATCHING[postgres.status];
  const next = RESERVATION_MOVES[redis.status];
  return sameUnits(redis, postgres) && (next.includes(target) || next.some((via) => RESERVATION_MOVES[via].includes(target)));
}

const id = ({ reservationId }: Mismatch): string => reservationId;
const sentence = (mismatch: Mismatch): string => `${sayMismatch(mismatch)}.`;

const explainLost = (context: AuditContext, lost: readonly Mismatch[]): Drift[] =>
  driftOfEach(lost, {
    id,
    says: (mismatch) => `${sayMismatch(mismatch)}; no message of it is in flight either.`,
    more: 'More reservations without an order, rejection or message',
    advice: 'If its message was deleted within the last two minutes, JetStream drops it as a duplicate: repair again later.',
    repair: (ids) => ({
      kind: 'outbox',
      writes: 'redis',
      does: 'puts it back into the outbox and publishes it, so that it becomes an order, or is rejected.',
      apply: () => returnLostWins(context, ids),
    }),
  });

const explainBehind = (context: AuditContext, behind: readonly Mismatch[]): Drift[] =>
  driftOfEach(behind, {
    id,
    says: sentence,
    more: 'More reservations of which Redis is behind PostgreSQL',
    repair: (ids) => ({
      kind: 'reservation',
      writes: 'redis',
      does: "moves it in Redis to PostgreSQL's state, with its units.",
      apply: () => replayReservations(context, ids),
    }),
  });

const explainAhead = (context: AuditContext, ahead: readonly Mismatch[]): Drift[] =>
  driftOfEach(ahead, {
    id,
    says: sentence,
    more: 'More reservations that differ between Redis and PostgreSQL',
    repair: (ids) => ({
      kind: 'reservation',
      writes: 'redis',
      does: 'overwrites it in Redis with what PostgreSQL has, with its units: no event contradicts PostgreSQL.',
      apply: () => correctReservations(context, ids),
    }),
  });

const explainForgotten = (mismatch: Mismatch): Drift => ({
  says: sentence(mismatch),
  advice:
    'PostgreSQL has lost what Redis, or an event in SECKILL_ORDERS, still knows: an older copy was restored, or the row was deleted or changed. ' +
    'Bring the newer rows back: if an older copy was restored, --repair --restored does it. If the change was intended, correct the reservation in Redis by hand after the sale.',
});

const explainDeadWinner = (reservationId: string, seq: number): Drift => ({
  says: `${reservationId} is RESERVED in Redis, and its message could not be handled: it is dead letter ${seq}.`,
  advice:
    `Read why with "npm run dead-letters -- show ${seq}". Once the reason is gone, "replay ${seq}" makes the order; ` +
    `"discard ${seq}" rejects the reservation, tells the buyer, and returns the units.`,
});

/** Splits mismatches by whether an event says what Redis says: then PostgreSQL had it once and has forgotten it; otherwise Redis is ahead. */
async function splitAhead(
  context: AuditContext,
  mismatches: readonly Mismatch[],
): Promise<{ forgotten: Mismatch[]; ahead: Mismatch[] }> {
  const forgotten: Mismatch[] = [];
  const ahead: Mismatch[] = [];
  const announced = new Map<OrderEventName, ReadonlySet<string>>();
  for (const mismatch of mismatches) {
    const { redis, postgres, reservationId } = mismatch;
    const sameStatus = postgres !== undefined && redis !== undefined && MATCHING[postgres.status] === redis.status;
    const event = redis === undefined || sameStatus ? undefined : EVENT_OF[redis.status];
    if (event !== undefined && !announced.has(event)) announced.set(event, await readAnnounced(context, event));
    const isForgotten = event !== undefined && announced.get(event)?.has(reservationId);
    (isForgotten ? forgotten : ahead).push(mismatch);
  }
  return { forgotten, ahead };
}
