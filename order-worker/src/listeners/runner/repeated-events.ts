import { DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { orderEvent, orderEventIds, readOrderEventHeaders, STREAMS } from 'seckill-core';
import { readToEnd } from '../../servers/read-to-end.ts';
import type { StoredEvents } from './stored-events.ts';

const stream = STREAMS.orders.name;
/** An event that is stored later than this after it happened is looked up too. Earlier versions rely on JetStream to drop its repetition until then. */
export const LATE_MS = 100_000;
/** How far PostgreSQL's clock, which sets an event's time, may be ahead of JetStream's. */
export const CLOCKS_APART_MS = 60_000;
/** A first copy that comes this long after a repeat is late, and is looked up. */
const REMEMBERED_MS = LATE_MS + CLOCKS_APART_MS;

/**
 * Recognises events that the stream holds twice. Only one message that isn't marked as a repeat can hold an event, so there are three cases:
 *
 * - The later copy is marked: it is looked up in the stream.
 * - The later copy isn't marked, and late: its worker was frozen between commit and publication. It is looked up too.
 * - The later copy is neither: the repeat before it is young, so its events are remembered. A new instance reads such repeats again.
 *
 * Normally there are no repeats, and no event is read.
 */
export class RepeatedEvents {
  readonly #nc: NatsConnection;
  readonly #position: number;
  /** Ids of events in marked messages, with the time at which they were stored: the oldest first. */
  #repeats: Map<string, number> | undefined;

  /** `position` is the sequence of the last message that was applied. */
  constructor(nc: NatsConnection, position: number) {
    this.#nc = nc;
    this.#position = position;
  }

  /** Returns the messages without the events that an earlier message holds. Takes each message after the position once, in order. */
  async without(messages: readonly StoredEvents[]): Promise<StoredEvents[]> {
    const since = (messages[0]?.storedAt ?? 0) - REMEMBERED_MS;
    this.#repeats ??= await readRepeats(this.#nc, since, this.#position);
    const repeats = this.#repeats;
    for (const [id, storedAt] of repeats) {
      if (storedAt >= since) break;
      repeats.delete(id);
    }
    const suspects = new Set(messages.filter(isSuspect));
    const firstSeqs = await findFirst(this.#nc, suspects);
    return messages.map((message) => {
      if (repeats.size === 0 && !suspects.has(message)) return message;
      const { seq, storedAt, repeat, events } = message;
      const isFirst = (id: string): boolean => {
        const firstSeq = firstSeqs.get(id);
        if (firstSeq === undefined ? repeats.has(id) : firstSeq < seq) return false;
        if (repeat) repeats.set(id, storedAt);
        return true;
      };
      return message.only(events.filter((event) => isFirst(orderEvent.id(event))));
    });
  }
}

const isSuspect = ({ repeat, storedAt, oldestAt }: StoredEvents): boolean => repeat || storedAt - oldestAt > LATE_MS;

/** Reads the ids of events in marked messages that were stored since `since`, up to a position in the stream. */
async function readRepeats(nc: NatsConnection, since: number, position: number): Promise<Map<string, number>> {
  const repeats = new Map<string, number>();
  const { streams } = await jetstreamManager(nc);
  const reading = { stream, subject: orderEvent.subjects, start: startAt(since), headersOnly: true };
  for await (const { seq, headers, storedAt } of readToEnd(nc, reading)) {
    if (seq > position) break;
    if (!readOrderEventHeaders(headers).repeat) continue;
    const message = await streams.getMessage(stream, { seq });
    if (message === null) continue;
    for (const id of orderEventIds(message.data)) repeats.set(id, storedAt);
  }
  return repeats;
}

/** Returns, for each event of the messages, the sequence of the first message that holds it. */
async function findFirst(nc: NatsConnection, messages: Iterable<StoredEvents>): Promise<Map<string, number>> {
  const bySubject = new Map<string, StoredEvents[]>();
  for (const message of messages) {
    const [event] = message.events;
    if (event === undefined) continue;
    const subject = orderEvent.subject(event);
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), message]);
  }
  const firstSeqs = new Map<string, number>();
  for (const [subject, suspects] of bySubject) await readFirst(nc, subject, suspects, firstSeqs);
  return firstSeqs;
}

async function readFirst(
  nc: NatsConnection,
  subject: string,
  suspects: readonly StoredEvents[],
  firstSeqs: Map<string, number>,
): Promise<void> {
  const events = suspects.flatMap((message) => message.events);
  const wanted = new Set(events.map(orderEvent.id));
  const lastSeq = Math.max(...suspects.map(({ seq }) => seq));
  const from = events.reduce((earliest, { at }) => Math.min(earliest, at), Number.POSITIVE_INFINITY) - CLOCKS_APART_MS;
  for await (const { seq, data } of readToEnd(nc, { stream, subject, start: startAt(from) })) {
    for (const id of orderEventIds(data)) if (wanted.delete(id)) firstSeqs.set(id, seq);
    if (wanted.size === 0 || seq >= lastSeq) break;
  }
}

const startAt = (ms: number) =>
  ({ deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(ms).toISOString() }) as const;
