import {
  decodeOrderEvents,
  type OrderEvent,
  type OrderEventName,
  orderEvent,
  readOrderEventHeaders,
  type StreamMessage,
} from 'seckill-core';

interface About {
  readonly seq: number;
  /** ms, JetStream's clock. */
  readonly storedAt: number;
  /** As of {@link readOrderEventHeaders}. */
  readonly repeat: boolean;
  /** The type and sale of all its events. Undefined if this version does not know the type: then no event can be read. */
  readonly of: { event: OrderEventName; saleId: string } | undefined;
}

/** What the headers say; undefined if the events must be read to know. */
interface Known {
  readonly count: number | undefined;
  readonly oldestAt: number | undefined;
}

/**
 * A message of order events, all of one type and one sale. An event costs 4 µs to read, so the events are read only when they are asked for: many a
 * listener needs only their number, or only those of one type.
 */
export class StoredEvents implements About {
  readonly seq: number;
  readonly storedAt: number;
  readonly repeat: boolean;
  readonly of: About['of'];
  readonly #known: Known;
  readonly #read: () => readonly OrderEvent[];
  #events: readonly OrderEvent[] | undefined;

  private constructor({ seq, storedAt, repeat, of }: About, known: Known, read: () => readonly OrderEvent[]) {
    this.seq = seq;
    this.storedAt = storedAt;
    this.repeat = repeat;
    this.of = of;
    this.#known = known;
    this.#read = read;
  }

  /** `onFault` receives each event that cannot be read; it is skipped. */
  static of({ seq, subject, data, storedAt, headers }: StreamMessage, onFault: (fault: Error) => void): StoredEvents {
    const { events: count, oldestAt, repeat } = readOrderEventHeaders(headers);
    const about = { seq, storedAt, repeat, of: orderEvent.ofSubject(subject) };
    return new StoredEvents(about, { count, oldestAt }, () => {
      const message = decodeOrderEvents(data);
      message.faults.forEach(onFault);
      return message.events;
    });
  }

  get count(): number {
    return this.#known.count ?? this.events.length;
  }

  get events(): readonly OrderEvent[] {
    this.#events ??= this.#read();
    return this.#events;
  }

  /** When the oldest event happened, ms. */
  get oldestAt(): number {
    return this.#known.oldestAt ?? Math.min(...this.events.map(({ at }) => at));
  }

  /** Returns the same message with only these of its events. */
  only(events: readonly OrderEvent[]): StoredEvents {
    return new StoredEvents(this, { ...this.#known, count: events.length }, () => events);
  }
}
