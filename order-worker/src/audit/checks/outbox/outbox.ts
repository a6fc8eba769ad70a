import { jetstreamManager } from '@nats-io/jetstream';
import { findReservations, outboxRemovalCommand, outboxSizes, readOutboxIds, STREAMS } from 'seckill-core';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { sum } from '../../evidence/books.ts';
import { type Check, type Finding, ifInRedis } from '../check.ts';
import { type Drift, driftOfEach } from '../drift.ts';
import { relayStuck } from './relay-stuck.ts';

/** Every two seconds the relay publishes what is older than 3 s, so an entry this old means that something is wrong. */
const STUCK_AFTER_MS = 20_000;
const STUCK_FOR = `more than ${STUCK_AFTER_MS / 1000} s`;
/** Most stuck entries read of one item: more than a person reads. */
const MOST_STUCK = 1_000;

interface Stuck {
  itemId: string;
  reservationId: string;
  /** False: Redis has no such reservation. */
  known: boolean;
}

type Found = Finding & { stuck: Stuck[] };

export const outbox: Check<Found> = {
  key: 'outbox',
  name: 'No reservation is stuck in the outbox',
  appliesTo: ifInRedis,
  inspect: inspectOutbox,
  explain: (context, { stuck }) => [
    ...explainWaiting(
      context,
      stuck.filter(({ known }) => known),
    ),
    ...stuck.filter(({ known }) => !known).map(explainOrphan),
  ],
};

async function inspectOutbox({ redis, nc, sale }: AuditContext): Promise<Found> {
  const [seconds] = await redis.time();
  const age = { now: Number(seconds) * 1000, waitedMs: STUCK_AFTER_MS };
  const itemIds = sale.items.map(({ id }) => id);
  const sizes = await outboxSizes(redis, itemIds);
  const perItem = await Promise.all(
    itemIds
      .filter((_, i) => sizes[i] !== 0)
      .map(async (itemId) => {
        const ids = await readOutboxIds(redis, itemId, age, MOST_STUCK);
        const known = await findReservations(redis, itemId, ids);
        return ids.map((reservationId): Stuck => ({ itemId, reservationId, known: known.has(reservationId) }));
      }),
  );
  const stuck = perItem.flat();
  const { state } = await (await jetstreamManager(nc)).streams.info(STREAMS.deadLetters.name);
  const detail = `${sum(sizes, (size) => size)} waiting, ${stuck.length} of them for ${STUCK_FOR}`;
  const letters = state.messages === 0 ? '' : `; ${state.messages} dead letters in all`;
  return { holds: stuck.length === 0, detail: detail + letters, stuck };
}

const explainWaiting = (context: AuditContext, waiting: readonly Stuck[]): Drift[] =>
  driftOfEach(waiting, {
    id: ({ reservationId }) => reservationId,
    says: ({ reservationId }) => `${reservationId} has waited in the outbox for ${STUCK_FOR}.`,
    more: 'More reservations that have waited in the outbox for too long',
    advice: "If that fails, NATS is away or SECKILL_RESERVATIONS is full: the worker's log says which.",
    repair: (ids) => ({
      kind: 'relay',
      writes: 'redis',
      does: 'publishes what waits in the outbox, as the relay does.',
      apply: () => relayStuck(context, ids),
    }),
  });

const explainOrphan = ({ itemId, reservationId }: Stuck): Drift => ({
  says: `The outbox of item ${itemId} names ${reservationId}, and Redis has no such reservation.`,
  advice:
    'The reservation was deleted in Redis, and with it the name of its buyer. If PostgreSQL has its order, the reservation comes back with it. ' +
    `Otherwise, once no buyer can claim it: ${outboxRemovalCommand(itemId, reservationId)}`,
});
