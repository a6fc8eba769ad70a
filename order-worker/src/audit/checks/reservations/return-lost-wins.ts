import { findReservations, returnToOutbox } from 'seckill-core';
import { readRecorded } from '../../../stock/recorded-reservations.ts';
import { relayOutbox } from '../../../stock/relay-outbox.ts';
import { readWaitingReservations } from '../../../stock/waiting-reservations.ts';
import type { AuditContext } from '../../evidence/audit-context.ts';
import { byItem } from '../by-item.ts';

/**
 * Puts wins without an order, a rejection or a message back into the outbox, from where the relay publishes them. A needless entry does no harm:
 * an order is made once under its id. Resolves to the ids that were put back.
 */
export async function returnLostWins(context: AuditContext, ids: readonly string[]): Promise<string[]> {
  const { nc, redis, prisma, sale } = context;
  const returned: string[] = [];
  for (const [itemId, reservationIds] of byItem(ids)) {
    // The stream before PostgreSQL: a win that leaves the stream between the two reads is an order by then.
    const inStream = new Set((await readWaitingReservations(nc, sale.id, itemId)).map((each) => each.reservationId));
    const recorded = await readRecorded(prisma, reservationIds);
    const lost = reservationIds.filter((id) => !inStream.has(id) && !recorded.has(id));
    const inRedis = await findReservations(redis, itemId, lost);
    const reserved = [...inRedis].filter(([, { status }]) => status === 'RESERVED');
    const entries = reserved.map(([reservationId, { reservedAt }]) => ({ reservationId, reservedAt }));
    returned.push(...(await returnToOutbox(redis, itemId, entries)));
  }
  if (returned.length > 0) await relayOutbox(context);
  return returned;
}
