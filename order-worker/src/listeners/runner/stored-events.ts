import type { JsMsg } from '@nats-io/jetstream';
import { decodeOrderEvents, type OrderEvent, type OrderEventName, orderEvent, readOrderEventHeaders } from 'seckill-core';

interface About {
  seq: number;
  /** ms, JetStream's clock. */
  storedAt: number;
  /** As of {@link readOrderEventHeaders}. */
  repeat: boolean;
  oldestAt: number | undefined;
  count: number | undefined;
  subject: string;
}

/**
 * A message of order events, all of one type and one sale. An event costs 4 µs to read, so the events are read only when they are asked for: many a
 * listener needs only their number, or only those of one type.
 */
export class StoredEvents {
  readonly #about: About;
  readonly #read: () => readonly OrderEvent[];
  #events: readonly OrderEvent[] | undefined;

  private constructor(about: About, read: () => readonly OrderEvent[]) {
    this.#about = about;
    this.#read = read;
  }

  /** `onFault` receives each event that cannot be read; it is skipped. */
  static of({ seq, subject, data, info, headers }: JsMsg, onFault: (fault: Error) => void): StoredEvents {
    const { events, oldestAt, repeat } = readOrderEventHeaders(headers);
    const about = { seq, subject, storedAt: Math.floor(info.timestampNanos / 1e6), repeat, oldestAt, count: events };
    return new StoredEvents(about, () => {
      const message = decodeOrderEvents(data);
      message.faults.forEach(onFault);
      return message.events;
    });
  }

  get seq(): number {
    return this.#about.seq;
  }

  get storedAt(): number {
    return this.#about.storedAt;
  }

  get repeat(): boolean {
    return this.#about.repeat;
  }

  /** The type and sale of all its events. Undefined if this version does not know the type: then no event can be read. */
  get of(): { event: OrderEventName; saleId: string } | undefined {
    return orderEvent.ofSubject(this.#about.subject);
  }

  get count(): number {
    return this.#about.count ?? this.events.length;
  }

  get events(): readonly OrderEvent[] {
    this.#events ??= this.#read();
    return this.#events;
  }

  /** When the oldest event happened, ms. */
  get oldestAt(): number {
    return this.#about.oldestAt ?? Math.min(...this.events.map(({ at }) => at));
  }

  /** Returns the same message with only these of its events. */
  only(events: readonly OrderEvent[]): StoredEvents {
    return new StoredEvents({ ...this.#about, count: events.length }, () => events);
  }
}
