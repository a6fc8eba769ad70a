import { randomUUID } from 'node:crypto';
import {
  beginRoomRebuild,
  broadcast,
  hasRoom,
  openRoom,
  type RoomEvent,
  readRoom,
  readRunId,
  roomChanged,
  roomEvent,
  send,
} from 'seckill-core';
import type { Prisma } from 'seckill-prisma';
import { saleSettings, withItems } from '../sales/sale-views.ts';
import { allowPauses } from '../servers/allow-pauses.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { readRoomEvents } from './read-room-events.ts';
import { RoomHistory, type Ticket } from './room-history.ts';
import { RoomReplay } from './room-replay.ts';

/** First of the two numbers of the advisory lock; the second is the hash of the sale id. */
const ROOM_LOCK = 7_325_458;
/** A million tickets take about ten seconds. */
const REBUILD_WITHIN_MS = 120_000;

/** The parts that a function needs to bring waiting rooms in Redis up to date. */
export type RoomKeeper = Pick<WorkerContext, 'prisma' | 'redis' | 'nc' | 'publisher' | 'log' | 'metrics'>;

/** `BUSY`: another rebuild of the room is going on. */
type RebuiltRoom = 'KNOWN_ALREADY' | 'OPENED' | 'BEGIN_AGAIN' | 'BUSY';

/**
 * The one way to open a sale's waiting room in Redis: first opening, lost data, restart, failover to a stale copy. One worker at a time rebuilds a
 * room; until it has finished, no one joins or gets a turn. All that Redis held is replaced by what the stream has. If the worker dies, the room stays
 * closed, and the next worker begins again. A sale without a room is KNOWN_ALREADY.
 */
export async function rebuildRoom(parts: RoomKeeper, saleId: string): Promise<RebuiltRoom> {
  const rebuilt = await parts.prisma.$transaction(
    async (tx) => {
      await allowPauses(tx);
      const [row] = await tx.$queryRaw<{ locked: boolean }[]>`
        SELECT pg_try_advisory_xact_lock(${ROOM_LOCK}::int, hashtext(${saleId})) AS locked`;
      return row?.locked === true ? rebuild(parts, tx, saleId) : 'BUSY';
    },
    { maxWait: 10_000, timeout: REBUILD_WITHIN_MS },
  );
  if (rebuilt === 'OPENED') broadcast(parts.nc, roomChanged, { saleId });
  return rebuilt;
}

async function rebuild(parts: RoomKeeper, tx: Prisma.TransactionClient, saleId: string): Promise<RebuiltRoom> {
  const { redis, log, metrics } = parts;
  const began = performance.now();
  // Read first: if Redis restarts during the rebuild, the room stays unknown there.
  const runId = await readRunId(redis);
  const row = await tx.sale.findUniqueOrThrow({ where: { id: saleId }, include: withItems });
  const sale = saleSettings(row);
  if (!hasRoom(sale) || row.drawSeed === null || sale.status === 'DRAFT') return 'KNOWN_ALREADY';
  if ((await readRoom(redis, saleId)).runId === runId) return 'KNOWN_ALREADY';
  const mark = randomUUID();
  const epoch = await beginRoomRebuild(redis, saleId, mark);
  const replay = new RoomReplay(redis, saleId, mark);
  const history = await readHistory(parts, { saleId, epoch }, (tickets) => replay.write(tickets));
  await replay.end(history, epoch);
  const { n, p } = history.lanes;
  const joined = { n: n.joined, p: p.joined };
  const opened = await openRoom(redis, saleId, {
    mark,
    runId,
    seed: row.drawSeed,
    joined,
    served: { n: n.served, p: p.served },
    entries: history.entries,
    keys: history.keys,
    // A little more than what is not stale, which does no harm: the epoch is the time at which the rebuild began.
    turns: history.turnsSince(epoch - sale.waitingRoom.staleSeconds * 1_000),
  });
  if (!opened) return 'BEGIN_AGAIN';
  metrics.roomRebuilds.inc();
  log.info({ saleId, epoch, joined, ms: Math.round(performance.now() - began) }, 'the waiting room is open in Redis');
  return 'OPENED';
}

/** Marks the epoch in the stream: what is stored after the mark is not in the room, so it is void. Then reads what was stored before. */
async function readHistory(
  { nc, publisher }: RoomKeeper,
  { saleId, epoch }: { saleId: string; epoch: number },
  write: (tickets: readonly Ticket[]) => Promise<unknown>,
): Promise<RoomHistory> {
  const marker: RoomEvent = { saleId, epoch, at: epoch, rebuilt: true };
  const { seq } = await send(publisher, roomEvent, marker);
  const history = new RoomHistory();
  for await (const event of readRoomEvents(nc, saleId, seq)) await write(history.add(event));
  return history;
}
