import { itemIdOf, itemKeys, parseReservationRecord } from 'seckill-core';
import { readRecorded } from '../../stock/recorded-reservations.ts';
import { relayOutbox } from '../../stock/relay-outbox.ts';
import { readWaitingReservations } from '../../stock/waiting-reservations.ts';
import type { AuditContext } from '../audit-context.ts';
import { byItem } from './agreeing-reservations.ts';

/**
 * Wins of which there is no order, no rejection and no message: back into the outbox, from where the relay publishes them. One too many does
 * no harm, since an order is made once under its id.
 */
export async function returnToOutbox(context: AuditContext, ids: readonly string[]): Promise<string[]> {
  const { nc, redis, prisma, sale } = context;
  const returned: string[] = [];
  for (const [itemId, reservationIds] of byItem(ids)) {
    // The stream before PostgreSQL: a win that leaves the stream in between is an order by then.
    const inStream = new Set((await readWaitingReservations(nc, sale.id, itemId)).map((each) => each.reservationId));
    const recorded = await readRecorded(prisma, reservationIds);
    for (const id of reservationIds) {
      if (inStream.has(id) || recorded.has(id)) continue;
      if (await returnOne(redis, id)) returned.push(id);
    }
  }
  if (returned.length > 0) await relayOutbox(context);
  return returned;
}

async function returnOne(redis: AuditContext['redis'], reservationId: string): Promise<boolean> {
  const { reservations, outbox } = itemKeys(itemIdOf(reservationId));
  const record = await redis.hget(reservations, reservationId);
  if (record === null) return false;
  const { status, reservedAt } = parseReservationRecord(record);
  // NX: one that waits there keeps its place.
  return status === 'RESERVED' && Number(await redis.zadd(outbox, 'NX', reservedAt, reservationId)) === 1;
}
