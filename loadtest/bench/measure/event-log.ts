import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connectNats, orderEvent, paymentDeadline, readOrderEventHeaders, STREAMS } from 'seckill-core';

type Connection = Awaited<ReturnType<typeof connectNats>>;

/** How long reading the headers of all messages of a sale may take. */
const WITHIN_MS = 10_000;

/** The times at which JetStream stored events: the bench trusts no publisher. */
export class EventLog {
  readonly #connection: Connection;
  readonly #manager: JetStreamManager;

  private constructor(connection: Connection, manager: JetStreamManager) {
    this.#connection = connection;
    this.#manager = manager;
  }

  static async connect(natsUrl: string): Promise<EventLog> {
    const connection = await connectNats(natsUrl, 'bench');
    return new EventLog(connection, await jetstreamManager(connection));
  }

  /** Number of these events of the sale. */
  async countOrderEvents(event: 'created' | 'cancelled', saleId: string): Promise<number> {
    const { consumers } = jetstream(this.#connection);
    const subject = orderEvent.subject({ event, saleId });
    const consumer = await consumers.get(STREAMS.orders.name, { filter_subjects: subject, headers_only: true });
    const { num_pending: messages } = await consumer.info();
    let events = 0;
    if (messages === 0) return events;
    for await (const { headers } of await consumer.fetch({ max_messages: messages, expires: WITHIN_MS }))
      events += readOrderEventHeaders(headers).events ?? 1;
    return events;
  }

  /** ms since 1970; 0 if there is none. */
  async lastOrderEventAt(event: 'created' | 'cancelled', saleId: string): Promise<number> {
    return this.#lastAt(STREAMS.orders.name, orderEvent.subject({ event, saleId }));
  }

  async lastDeadlineAt(payTimeoutSeconds: number): Promise<number> {
    return this.#lastAt(STREAMS.deadlines.name, paymentDeadline.subject({ payTimeoutSeconds }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  async #lastAt(stream: string, subject: string): Promise<number> {
    const message = await this.#manager.streams.getMessage(stream, { last_by_subj: subject });
    return message === null ? 0 : message.time.getTime();
  }
}
