import { readRecorded } from '../../stock/recorded-reservations.ts';
import { replayRecorded } from '../../stock/replay-orders.ts';
import type { AuditContext } from '../audit-context.ts';
import { agreeingReservations, byItem } from './agreeing-reservations.ts';
import { announceRestocked } from './announce-restocked.ts';

/** Moves reservations on in Redis to where PostgreSQL has them: what a rebuild does with every one. */
export async function replayReservations(context: AuditContext, ids: readonly string[]): Promise<string[]> {
  const behind = await agreeingReservations(context, ids, false);
  for (const [itemId, reservationIds] of byItem(behind)) {
    const recorded = await readRecorded(context.prisma, reservationIds);
    if (await replayRecorded(context, itemId, [...recorded.values()])) announceRestocked(context, itemId);
  }
  return agreeingReservations(context, behind, true);
}
