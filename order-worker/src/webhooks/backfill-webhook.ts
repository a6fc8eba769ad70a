import { type calls, Problem } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import type { Static } from 'typebox';
import { decodeCursor, encodeCursor, type HistoryPosition } from '../history/history-position.ts';
import { readStart } from '../history/history-start.ts';
import { type HistoryParts, readHistory, startOf } from '../history/read-history.ts';
import { addEvents } from '../listeners/acting/add-tasks.ts';
import { wishOf } from './webhook-lane.ts';
import { findEndpoint } from './webhook-view.ts';

type Wish = Static<typeof calls.backfillWebhook.request>;
type Parts = HistoryParts & { prisma: PrismaClient };

/** The caller goes on with the cursor. */
const WITHIN_MS = 8_000;

/**
 * Has an endpoint get order events from any time, also from before it was there. Those that its log has are left as they are. Throws NOT_FOUND, or
 * VALIDATION_FAILED for a start or a cursor that is none.
 */
export async function backfillWebhook(
  parts: Parts,
  { webhookId, from, to, cursor }: Wish,
): Promise<Static<typeof calls.backfillWebhook.reply>> {
  const endAt = performance.now() + WITHIN_MS;
  const { since: _, ...lane } = wishOf(await findEndpoint(parts.prisma, webhookId));
  const before = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to);
  let added = 0;
  for await (const { events, position } of readHistory(parts, await beginning(parts, from, cursor))) {
    added += await addEvents(
      parts.prisma,
      lane,
      events.filter(({ at }) => at < before),
    );
    if (performance.now() > endAt) return { added, nextCursor: encodeCursor({ position, skip: 0 }) };
  }
  return { added };
}

async function beginning(parts: Parts, from: string, cursor: string | undefined): Promise<HistoryPosition> {
  if (cursor !== undefined) return decodeCursor(cursor).position;
  const start = readStart(from);
  if (start === undefined) throw new Problem('VALIDATION_FAILED', `from: "${from}" is not a time.`);
  return startOf(parts, start);
}
