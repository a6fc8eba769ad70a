import { MalformedMessage, type OrderEventName, RESERVATION_MOVES, type ReservationStatus, stockReserved } from 'seckill-core';
import { findDeadLetters } from '../dead-letters/find-dead-letters.ts';
import { originalIdOf } from '../dead-letters/replay-dead-letter.ts';
import { ORDERS_CONSUMER } from '../orders/orders-consumer.ts';
import { readAnnounced } from './announced.ts';
import type { AuditContext } from './audit-context.ts';
import { MATCHING, type Mismatch, sameUnits } from './compare-reservations.ts';
import { type Drift, driftOfEach } from './drift.ts';
import { correctReservations } from './repairs/correct-reservations.ts';
import { replayReservations } from './repairs/replay-reservations.ts';
import { returnToOutbox } from './repairs/return-to-outbox.ts';
import { sayMismatch } from './say-mismatch.ts';

/** The event that says that PostgreSQL had committed what Redis says. */
const EVENT_OF: Partial<Record<ReservationStatus, OrderEventName>> = {
  ORDERED: 'created',
  PAID: 'paid',
  CANCELLED: 'cancelled',
  REJECTED: 'rejected',
  REFUNDED: 'refunded',
};

/** What a reservation's mismatch means, and so what mends it. */
export async function explainReservations(context: AuditContext, mismatches: readonly Mismatch[]): Promise<Drift[]> {
  const deadLetters = await readDeadWinners(context);
  const lost = mismatches.filter(({ postgres }) => postgres === undefined);
  const recorded = mismatches.filter(({ postgres }) => postgres !== undefined);
  const reserved = lost.filter(({ redis }) => redis?.status === 'RESERVED');
  const announced = await splitAnnounced(
    context,
    recorded.filter((each) => !isBehind(each)),
  );
  return [
    ...reserved
      .filter(({ reservationId }) => deadLetters.has(reservationId))
      .map(({ reservationId }) => explainDeadWinner(reservationId, deadLetters.get(reservationId) ?? 0)),
    ...explainLost(
      context,
      reserved.filter(({ reservationId }) => !deadLetters.has(reservationId)),
    ),
    ...explainBehind(context, recorded.filter(isBehind)),
    ...explainAhead(context, announced.without),
    ...[...lost.filter(({ redis }) => redis?.status !== 'RESERVED'), ...announced.with].map(explainForgotten),
  ];
}

/** Redis can get there by the moves that it has missed. */
function isBehind({ redis, postgres }: Mismatch): boolean {
  if (postgres === undefined) return false;
  if (redis === undefined) return true;
  const target = MATCHING[postgres.status];
  const next = RESERVATION_MOVES[redis.status];
  return sameUnits(redis, postgres) && (next.includes(target) || next.some((via) => RESERVATION_MOVES[via].includes(target)));
}

const idOf = ({ reservationId }: Mismatch): string => reservationId;
const sentence = (mismatch: Mismatch): string => `${sayMismatch(mismatch)}.`;

function explainLost(context: AuditContext, lost: readonly Mismatch[]): Drift[] {
  const one = (mismatch: Mismatch) => `${sayMismatch(mismatch)}; no message of it is on its way either.`;
  return driftOfEach(lost, idOf, { one, more: 'More reservations without an order, rejection or message' }, (ids) => ({
    repair: {
      kind: 'outbox',
      does: 'puts it back into the outbox and publishes it, so that it becomes an order, or is rejected.',
      mend: () => returnToOutbox(context, ids),
    },
    advice:
      'A message that was deleted within the last two minutes is taken by JetStream for one that it has: then repair once more later.',
  }));
}

function explainBehind(context: AuditContext, behind: readonly Mismatch[]): Drift[] {
  return driftOfEach(behind, idOf, { one: sentence, more: 'More reservations of which Redis is behind PostgreSQL' }, (ids) => ({
    repair: {
      kind: 'reservation',
      does: 'moves it in Redis to where PostgreSQL has it, with its units.',
      mend: () => replayReservations(context, ids),
    },
  }));
}

function explainAhead(context: AuditContext, ahead: readonly Mismatch[]): Drift[] {
  return driftOfEach(
    ahead,
    idOf,
    { one: sentence, more: 'More reservations that Redis holds otherwise than PostgreSQL' },
    (ids) => ({
      repair: {
        kind: 'reservation',
        does: 'writes it in Redis as PostgreSQL has it, with its units: PostgreSQL is the book, and no event says otherwise.',
        mend: () => correctReservations(context, ids),
      },
    }),
  );
}

const explainForgotten = (mismatch: Mismatch): Drift => ({
  says: sentence(mismatch),
  advice:
    'PostgreSQL has forgotten what Redis, or an event in SECKILL_ORDERS, still knows: an older copy was restored, or somebody deleted or changed the row. ' +
    'Bring the newer rows back. Where the change was meant, write the reservation in Redis accordingly by hand, after the sale.',
});

const explainDeadWinner = (reservationId: string, seq: number): Drift => ({
  says: `${reservationId} is RESERVED in Redis, and its message could not be handled: it is dead letter ${seq}.`,
  advice:
    `Read why with "npm run dead-letters -- show ${seq}". Once the reason is gone, "replay ${seq}" makes the order; ` +
    `"discard ${seq}" tells the buyer REJECTED and returns the units.`,
});

/** Winners whose message died, with the number of the letter. */
async function readDeadWinners({ nc }: AuditContext): Promise<Map<string, number>> {
  const dead = new Map<string, number>();
  for (const { seq, letter } of await findDeadLetters(nc, ORDERS_CONSUMER)) {
    if (letter === undefined) continue;
    dead.set(originalIdOf(letter.messageId ?? ''), seq);
    try {
      dead.set(stockReserved.decode(Buffer.from(letter.data, 'base64')).reservationId, seq);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
    }
  }
  return dead;
}

/** Whether what Redis says was announced: then PostgreSQL had it once, and has lost it. */
async function splitAnnounced(
  context: AuditContext,
  ahead: readonly Mismatch[],
): Promise<{ with: Mismatch[]; without: Mismatch[] }> {
  const split = { with: [] as Mismatch[], without: [] as Mismatch[] };
  const announced = new Map<OrderEventName, ReadonlySet<string>>();
  for (const mismatch of ahead) {
    const { redis, postgres, reservationId } = mismatch;
    const event = redis === undefined ? undefined : EVENT_OF[redis.status];
    if (event === undefined || redis === undefined || postgres === undefined || MATCHING[postgres.status] === redis.status) {
      split.without.push(mismatch);
      continue;
    }
    const ids = announced.get(event) ?? (await readAnnounced(context, event));
    announced.set(event, ids);
    split[ids.has(reservationId) ? 'with' : 'without'].push(mismatch);
  }
  return split;
}
