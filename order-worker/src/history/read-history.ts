import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type OrderEvent, type OrderEventName, orderEvent, STREAMS } from 'seckill-core';
import type { PrismaClient } from 'seckill-prisma';
import { RepeatedEvents } from '../listeners/runner/repeated-events.ts';
import { StoredEvents } from '../listeners/runner/stored-events.ts';
import { readToEnd } from '../servers/read-to-end.ts';
import type { HistoryPosition, InStream, InTables } from './history-position.ts';
import { readTables } from './read-tables.ts';

const stream = STREAMS.orders.name;
/** How far PostgreSQL's clock, which sets an event's time, may be ahead of JetStream's. */
const CLOCKS_APART_MS = 60_000;
/** An event is stored this long after it happened at the latest, unless NATS was away for longer. */
const LATEST_MS = 24 * 60 * 60 * 1000;
/** Normally an event is published within this. A later one comes twice. */
const PUBLISHED_MS = 10_000;
/** A transaction that sets an event's time has committed within this. */
const COMMITTED_MS = 5 * 60_000;

export interface HistoryParts {
  nc: NatsConnection;
  prisma: Pick<PrismaClient, '$queryRawUnsafe'>;
}

export interface HistoryFilter {
  saleId?: string | undefined;
  /** Default: every type. */
  types?: readonly OrderEventName[] | undefined;
}

/** Events that follow each other, and where reading goes on after them. */
export interface HistoryBatch {
  events: readonly OrderEvent[];
  position: HistoryPosition;
}

/** `{ seq }` is a position in the stream; reading begins with that message. Times in ms. */
export type HistoryStart = 'beginning' | 'now' | { time: number } | { seq: number };

/** Returns the position at which a reader begins. */
export async function startOf({ nc }: Pick<HistoryParts, 'nc'>, from: HistoryStart): Promise<HistoryPosition> {
  const extent = await extentOf(nc);
  const { firstSeq, firstAt, lastSeq } = extent;
  if (from === 'now') return { in: 'stream', seq: lastSeq, at: Date.now(), since: 0 };
  if (from === 'beginning') return inTables({ since: 0, ...extent });
  if ('seq' in from) {
    // The time of a message that is gone isn't known, so everything before the stream is read.
    if (from.seq < firstSeq) return inTables({ since: 0, ...extent });
    return { in: 'stream', seq: Math.min(from.seq - 1, lastSeq), at: 0, since: 0 };
  }
  if (from.time - CLOCKS_APART_MS < firstAt) return inTables({ since: from.time, ...extent });
  const seq = (await firstStoredFrom(nc, from.time - CLOCKS_APART_MS)) ?? lastSeq + 1;
  return { in: 'stream', seq: seq - 1, at: from.time, since: from.time };
}

/**
 * Yields the order events after a position, to the present end: what the stream no longer holds is rebuilt from PostgreSQL, then the stream follows
 * without a gap. From PostgreSQL the events come order by order, from the stream in its order; those of one order are in order in both. An event may
 * come twice, with the same id, if the stream has begun to drop messages only in the last minutes.
 *
 * Failed payments and accepted refunds of versions that did not store the order's version then come from the stream alone.
 *
 * Memory is bounded: a batch holds one message, or the events of 2,000 orders. It may be empty, and moves the position all the same.
 */
export async function* readHistory(
  parts: HistoryParts,
  start: HistoryPosition,
  filter: HistoryFilter = {},
): AsyncGenerator<HistoryBatch> {
  let position: HistoryPosition = start;
  for (;;) {
    const reading: AsyncGenerator<HistoryBatch> =
      position.in === 'tables' ? readFromTables(parts, position, filter) : readFromStream(parts, position, filter);
    const before: HistoryPosition = position;
    for await (const batch of reading) {
      position = batch.position;
      yield batch;
    }
    const isAtEnd = before.in === 'stream' && position.in === 'stream' && !(await isForgotten(parts.nc, position));
    if (isAtEnd) return;
  }
}

async function* readFromTables(
  { nc, prisma }: HistoryParts,
  from: InTables,
  { saleId, types }: HistoryFilter,
): AsyncGenerator<HistoryBatch> {
  for (let position = from; ; ) {
    const { events, last } = await readTables(prisma, position, saleId);
    // After the page: what was published by then comes from the stream.
    const inStream = await idsInStream(nc, position);
    const wanted = events.filter(
      (event) => (types === undefined || types.includes(event.event)) && !inStream.has(orderEvent.id(event)),
    );
    if (last === undefined) {
      const { thenSeq, thenSince, until } = position;
      yield { events: wanted, position: { in: 'stream', seq: thenSeq - 1, at: until, since: thenSince } };
      return;
    }
    position = { ...position, after: last };
    yield { events: wanted, position };
  }
}

/** The events before `until` that will be read from the stream. None if that begins at `until`, as it does unless the stream is some minutes old. */
async function idsInStream(nc: NatsConnection, { until, thenSeq, thenSince }: InTables): Promise<Set<string>> {
  const ids = new Set<string>();
  if (thenSince >= until) return ids;
  const after = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: thenSeq } as const;
  for await (const message of readToEnd(nc, { stream, subject: orderEvent.subjects, start: after })) {
    const stored = StoredEvents.of(message, skip);
    if (stored.storedAt > until + PUBLISHED_MS) break;
    if (stored.oldestAt < until) for (const event of stored.events) if (event.at < until) ids.add(orderEvent.id(event));
  }
  return ids;
}

/** Ends early, with a position in the tables, if the stream has forgotten what comes next. */
async function* readFromStream(
  { nc }: HistoryParts,
  from: InStream,
  { saleId = '*', types }: HistoryFilter,
): AsyncGenerator<HistoryBatch> {
  let position = from;
  const extent = await extentOf(nc);
  const { lastSeq } = extent;
  if (await isForgotten(nc, position)) {
    // A message that was stored after the position may report what happened long before.
    const since = Math.max(from.since, from.at - LATEST_MS);
    yield { events: [], position: inTables({ since, ...extent }) };
    return;
  }
  const subject = saleId === '*' ? orderEvent.subjects : orderEvent.subject({ event: '*', saleId });
  const repeated = new RepeatedEvents(nc, from.seq);
  const after = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from.seq + 1 } as const;
  for await (const message of readToEnd(nc, { stream, subject, start: after })) {
    const [stored] = await repeated.without([StoredEvents.of(message, skip)]);
    if (stored === undefined) continue;
    const { seq } = message;
    // Only the whole stream has no gaps: an old message may go while this reads the ones before it.
    if (saleId === '*' && seq > position.seq + 1 && (await isForgotten(nc, position))) return;
    position = { ...position, seq, at: stored.storedAt };
    const isWanted = types === undefined || (stored.of !== undefined && types.includes(stored.of.event));
    const events = isWanted ? stored.events.filter(({ at }) => at >= from.since) : [];
    yield { events, position };
  }
  if (position.seq < lastSeq) yield { events: [], position: { ...position, seq: lastSeq } };
}

/** Listeners have logged what cannot be read. */
const skip = (): void => {};

interface Extent {
  firstSeq: number;
  /** When the first message was stored, ms; now if there is none. */
  firstAt: number;
  lastSeq: number;
  /** When the stream was created, ms, if it has dropped nothing since. */
  completeSince: number | undefined;
}

async function extentOf(nc: NatsConnection): Promise<Extent> {
  const { state, created } = await (await jetstreamManager(nc)).streams.info(stream);
  const isEmpty = state.messages === 0;
  const firstSeq = isEmpty ? state.last_seq + 1 : state.first_seq;
  return {
    firstSeq,
    completeSince: firstSeq === 1 ? Date.parse(String(created)) : undefined,
    firstAt: isEmpty ? Date.now() : Date.parse(String(state.first_ts)),
    lastSeq: state.last_seq,
  };
}

/** Returns whether the stream has dropped what comes after the position, or was created again since. */
async function isForgotten(nc: NatsConnection, { seq }: InStream): Promise<boolean> {
  const { firstSeq, lastSeq } = await extentOf(nc);
  return seq + 1 < firstSeq || seq > lastSeq;
}

/** What the stream lacks happened before its first message was stored, or before it was created. */
function inTables({ since, firstSeq, firstAt, completeSince }: { since: number } & Omit<Extent, 'lastSeq'>): InTables {
  const tables = { in: 'tables', after: '', since, thenSeq: firstSeq } as const;
  if (completeSince !== undefined) return { ...tables, until: Math.max(since, completeSince), thenSince: since };
  const until = Math.max(since, firstAt + CLOCKS_APART_MS);
  // Every transaction of that time has ended, so the events before `until` are complete in PostgreSQL, and the stream need not repeat them.
  const isComplete = until + COMMITTED_MS < Date.now();
  return { ...tables, until, thenSince: isComplete ? until : since };
}

/** The first message that was stored at `ms` or later; undefined if there is none. */
async function firstStoredFrom(nc: NatsConnection, ms: number): Promise<number | undefined> {
  const start = { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(ms).toISOString() } as const;
  for await (const { seq } of readToEnd(nc, { stream, subject: orderEvent.subjects, start, headersOnly: true })) return seq;
  return undefined;
}
