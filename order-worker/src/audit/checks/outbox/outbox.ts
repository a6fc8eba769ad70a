import { jetstreamManager } from '@nats-io/jetstream';
import { itemKeys, outboxSize, readOutbox, STREAMS } from 'seckill-core';
import type { AuditContext } from './audit-context.ts';
import type { Check, Finding } from './check.ts';
import { sum } from './check-books.ts';
import { type Drift, driftOfEach } from './drift.ts';
import { relayStuck } from './repairs/relay-stuck.ts';

/** The relay publishes what is older than 3 s every second; something is wrong where it has not for so long. */
const STUCK_AFTER_MS = 20_000;
/** Of one item: more than anybody reads. */
const MOST_STUCK = 1_000;

interface Stuck {
  itemId: string;
  reservationId: string;
  /** False: the outbox names a reservation that is not there. */
  known: boolean;
}

export function checkOfOutbox(context: AuditContext): Check {
  let stuck: Stuck[] = [];
  return {
    key: 'outbox',
    name: 'No reservation is stuck in the outbox',
    look: async () => {
      const found = await lookAtOutbox(context);
      stuck = found.stuck;
      return found.finding;
    },
    explain: () => explain(context, stuck),
  };
}

async function lookAtOutbox({ redis, nc, sale }: AuditContext): Promise<{ finding: Finding; stuck: Stuck[] }> {
  const [seconds] = await redis.time();
  const wonBefore = Number(seconds) * 1000 - STUCK_AFTER_MS;
  const items = await Promise.all(
    sale.items.map(async ({ id: itemId }) => {
      const ids = await redis.zrangebyscore(itemKeys(itemId).outbox, '-inf', wonBefore, 'LIMIT', 0, MOST_STUCK);
      const known = new Set((await readOutbox(redis, itemId, wonBefore, MOST_STUCK)).map((each) => each.reservationId));
      const stuck = ids.map((reservationId): Stuck => ({ itemId, reservationId, known: known.has(reservationId) }));
      return { waiting: await outboxSize(redis, itemId), stuck };
    }),
  );
  const stuck = items.flatMap((item) => item.stuck);
  const { state } = await (await jetstreamManager(nc)).streams.info(STREAMS.deadLetters.name);
  const detail = `${sum(items, (item) => item.waiting)} wait, ${stuck.length} of them for more than ${STUCK_AFTER_MS / 1000} s`;
  const letters = state.messages === 0 ? '' : `; ${state.messages} dead letters in all`;
  return { finding: { holds: stuck.length === 0, detail: detail + letters }, stuck };
}

function explain(context: AuditContext, stuck: readonly Stuck[]): Drift[] {
  const idOf = ({ reservationId }: Stuck) => reservationId;
  const waiting = driftOfEach(
    stuck.filter(({ known }) => known),
    idOf,
    {
      one: ({ reservationId }) => `${reservationId} has waited in the outbox for more than ${STUCK_AFTER_MS / 1000} s.`,
      more: 'More that have waited in the outbox for too long',
    },
    (ids) => ({
      repair: {
        kind: 'relay',
        does: 'publishes what waits in the outbox, as the relay does.',
        mend: () => relayStuck(context, ids),
      },
      advice: 'Where that fails, NATS is away, or SECKILL_RESERVATIONS is full: the worker’s log says which.',
    }),
  );
  const orphans = stuck.filter(({ known }) => !known);
  return [...waiting, ...orphans.map(explainOrphan)];
}

const explainOrphan = ({ itemId, reservationId }: Stuck): Drift => ({
  says: `The outbox of item ${itemId} names ${reservationId}, and Redis has no such reservation.`,
  advice:
    'Somebody deleted the reservation in Redis, and with it whose it was; an order that PostgreSQL has comes back by itself. ' +
    `Once nobody claims it: ZREM "${itemKeys(itemId).outbox}" ${reservationId}`,
});
