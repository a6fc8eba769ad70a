import { type calls, encodeOrderEvent, type OrderEvent, Problem } from 'seckill-core';
import type { Static } from 'typebox';
import { decodeCursor, encodeCursor, type HistoryCursor } from './history-position.ts';
import { readStart } from './history-start.ts';
import { type HistoryParts, readHistory, startOf } from './read-history.ts';

type Listing = Static<typeof calls.listEvents.request>;
type Listed = Static<typeof calls.listEvents.reply>;

/** If a filter leaves nearly everything out, a page ends with what it has by then. */
const PAGE_WITHIN_MS = 3_000;

/** A page of order events, as of {@link readHistory}. The last page has an `endCursor`. Throws VALIDATION_FAILED. */
export async function listEvents(parts: HistoryParts, { limit, saleId, type, ...where }: Listing): Promise<Listed> {
  const endAt = performance.now() + PAGE_WITHIN_MS;
  let at = await beginning(parts, where);
  const events: OrderEvent[] = [];
  for await (const batch of readHistory(parts, at.position, { saleId, types: type === undefined ? undefined : [type] })) {
    const room = limit - events.length;
    const rest = batch.events.slice(at.skip);
    events.push(...rest.slice(0, room));
    at = rest.length > room ? { ...at, skip: at.skip + room } : { position: batch.position, skip: 0 };
    if (events.length === limit || performance.now() > endAt)
      return { events: events.map(cloudEvent), nextCursor: encodeCursor(at) };
  }
  return { events: events.map(cloudEvent), endCursor: encodeCursor(at) };
}

async function beginning(
  parts: HistoryParts,
  { cursor, from = 'beginning' }: Pick<Listing, 'cursor' | 'from'>,
): Promise<HistoryCursor> {
  if (cursor !== undefined) return decodeCursor(cursor);
  const start = readStart(from);
  if (start === undefined) throw new Problem('VALIDATION_FAILED', `"${from}" is not a time.`);
  return { position: await startOf(parts, start), skip: 0 };
}

const cloudEvent = (event: OrderEvent): Listed['events'][number] => JSON.parse(encodeOrderEvent(event));
