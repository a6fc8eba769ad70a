import { readRoom } from 'seckill-core';
import { saleSettings } from '../../../sales/sale-views.ts';
import { allowPauses } from '../../../servers/allow-pauses.ts';
import { recordedReservations } from '../../../stock/recorded-reservations.ts';
import { readRoomEvents } from '../../../waiting-room/read-room-events.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import type { Check, Finding } from '../check.ts';
import { driftOfEach } from '../drift.ts';
import { judgeRoom, type Win } from './judge-room.ts';
import { RoomBook } from './room-book.ts';
import type { RoomFault } from './room-fault.ts';

/** A million orders take about ten seconds. */
const READ_WITHIN_MS = 120_000;

type Parts = Pick<AuditContext, 'inRedis' | 'nc' | 'prisma' | 'redis' | 'sale'>;
type Found = Finding & { faults: readonly RoomFault[] };

/** The stream of a waiting room against itself, the orders, and Redis. */
export const queue: Check<Found> = {
  key: 'queue',
  name: 'The queue was served in its order, and each place was given once',
  form: 'full',
  appliesTo: ({ sale }) => sale.admission !== 'OPEN' && sale.status !== 'DRAFT',
  inspect,
  explain: (_, { faults }) =>
    driftOfEach(faults, {
      id: ({ id }) => id,
      says: ({ says }) => says,
      more: 'More of the kind',
      advice:
        'A turn that was used cannot be given back. Did another program write to Redis or SECKILL_QUEUE, or was the clock of Redis set?',
    }),
};

async function inspect(context: Parts): Promise<Found> {
  const { sale } = context;
  const { waitingRoom } = saleSettings(sale);
  // The orders first: the turn of each is in the stream by then.
  const wins = await readWins(context);
  const book = await readBook(context);
  if (!book.isComplete || waitingRoom === undefined || sale.drawSeed === null)
    return { holds: true, faults: [], detail: 'not checked: SECKILL_QUEUE no longer has the first messages of this room' };
  const faults = [...(await judgeRoom(book, wins, { seed: sale.drawSeed, waitingRoom })), ...(await compareRedis(context, book))];
  const { lanes } = book.history;
  const counts = `${lanes.n.joined + lanes.p.joined} tickets, ${lanes.n.served + lanes.p.served} turns, ${book.taken.length} taken up`;
  const detail = [counts, ...(faults.length === 0 ? [] : [`${faults.length} faults`])].join(', ');
  return { holds: faults.length === 0, drift: faults.length, detail, faults };
}

async function readBook({ nc, sale }: Parts): Promise<RoomBook> {
  const book = new RoomBook();
  for await (const event of readRoomEvents(nc, sale.id)) book.add(event);
  return book;
}

async function readWins({ prisma, sale }: Parts): Promise<Win[]> {
  const wins: Win[] = [];
  for (const { id } of sale.items) {
    await prisma.$transaction(
      async (tx) => {
        await allowPauses(tx);
        for await (const rows of recordedReservations(tx, id)) {
          for (const { reservationId, userId, reservedAt, status } of rows)
            if (status !== 'REJECTED') wins.push({ orderId: reservationId, userId, reservedAt });
        }
      },
      { maxWait: 10_000, timeout: READ_WITHIN_MS },
    );
  }
  return wins;
}

/** Redis moves before the stream does, so it never has less. */
async function compareRedis({ inRedis, redis, sale }: Parts, { history }: RoomBook): Promise<RoomFault[]> {
  const room = await readRoom(redis, sale.id);
  // A room that Redis does not know is closed until it is rebuilt.
  if (!inRedis || room.runId === undefined) return [];
  const faults: RoomFault[] = [];
  for (const lane of ['n', 'p'] as const) {
    const { joined, served } = history.lanes[lane];
    if (room.joined[lane] >= joined && room.served[lane] >= served) continue;
    const inRedisNow = `${room.joined[lane]} tickets and ${room.served[lane]} turns`;
    faults.push({
      id: `redis ${lane}`,
      says: `Lane ${lane} has ${inRedisNow} in Redis, and ${joined} and ${served} in SECKILL_QUEUE.`,
    });
  }
  return faults;
}
