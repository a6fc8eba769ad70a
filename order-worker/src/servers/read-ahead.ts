import { setTimeout as sleep } from 'node:timers/promises';
import { AckPolicy, type DeliverPolicy, jetstreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import type { NatsConnection } from '@nats-io/transport-node';
import { ConsumerLost, PullRequests, type StreamMessage } from 'seckill-core';

export interface ReadFrom {
  stream: string;
  /** Default: every message of the stream. */
  subject?: string;
  start:
    | { deliver_policy: typeof DeliverPolicy.StartSequence; opt_start_seq: number }
    | { deliver_policy: typeof DeliverPolicy.StartTime; opt_start_time: string };
  /** Leaves the messages' data out. */
  headersOnly?: boolean;
}

/** What waits for the caller at most. */
interface Room {
  messages: number;
  /** Of their data. Those of the last request may exceed it. */
  bytes: number;
}

/** Messages in one request. */
const REQUESTED = 100;
/** The server forgets a reader from which it hears nothing for this long. */
const FORGOTTEN_MS = 5 * 60_000;

/** Reads a stream in order, ahead of a caller that takes the messages in batches. Requests no more while there is no room for them. */
export class ReadAhead {
  readonly #room: Room;
  readonly #requests: PullRequests;
  readonly #reading: Promise<void>;
  readonly #forget: () => Promise<unknown>;
  #bytes = 0;
  #waiting: StreamMessage[] = [];
  /** As the consumer counts them. */
  #received = 0;
  #over = false;
  #failure: unknown;
  #wake: () => void = () => {};
  /** How many messages there were when the reading began. */
  readonly present: number;

  /** Rejects if the server or the stream is away. */
  static async open(nc: NatsConnection, from: ReadFrom, room: Room): Promise<ReadAhead> {
    const { consumers } = await jetstreamManager(nc, { checkAPI: false });
    const { name, num_pending } = await consumers.add(from.stream, {
      ...from.start,
      ...(from.subject === undefined ? {} : { filter_subject: from.subject }),
      headers_only: from.headersOnly ?? false,
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(FORGOTTEN_MS),
    });
    const forget = () => consumers.delete(from.stream, name);
    return new ReadAhead({ nc, stream: from.stream, consumer: name, present: num_pending, forget }, room);
  }

  private constructor(
    {
      present,
      forget,
      ...from
    }: { nc: NatsConnection; stream: string; consumer: string; present: number; forget: () => Promise<unknown> },
    room: Room,
  ) {
    this.present = present;
    this.#forget = forget;
    this.#room = room;
    this.#requests = new PullRequests({ ...from, take: (message) => this.#take(message) });
    this.#reading = this.#read()
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#over = true;
        this.#wake();
      });
  }

  /**
   * Resolves to the messages that wait: none if none arrives within `patienceMs`, undefined after {@link stop}. If some wait but there is room for more, `gatherMs`
   * is how long they wait for more. Rejects with the error that ended the reading, such as ConsumerLost.
   */
  async take(patienceMs: number, gatherMs = 0): Promise<StreamMessage[] | undefined> {
    if (this.#waiting.length === 0 && !this.#over)
      await Promise.race([this.#turn(), sleep(patienceMs, undefined, { ref: false })]);
    if (gatherMs > 0 && this.#waiting.length > 0 && !this.#isFull && !this.#over)
      await sleep(gatherMs, undefined, { ref: false });
    const batch = this.#waiting;
    [this.#waiting, this.#bytes] = [[], 0];
    this.#wake();
    if (batch.length > 0 || !this.#over) return batch;
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  async stop(): Promise<void> {
    this.#over = true;
    this.#requests.stop();
    this.#wake();
    await this.#reading;
    // Else the server keeps it for a while, and an account may have no more than so many.
    this.#forget().catch(() => undefined);
  }

  get #isFull(): boolean {
    return this.#waiting.length >= this.#room.messages || this.#bytes >= this.#room.bytes;
  }

  #take(message: StreamMessage): void {
    if (this.#over) return;
    this.#received += 1;
    // One was lost with the connection.
    if (message.deliverySeq !== this.#received) this.#failure = new ConsumerLost(`A message before ${message.seq} was lost.`);
    if (this.#failure === undefined) {
      this.#waiting.push(message);
      this.#bytes += message.data.length;
    } else this.#requests.stop();
    this.#wake();
  }

  async #read(): Promise<void> {
    while (!this.#over && this.#failure === undefined) {
      if (this.#isFull) await this.#turn();
      else await this.#requests.request(Math.min(REQUESTED, this.#room.messages - this.#waiting.length));
    }
  }

  /** Resolves when the other side has acted. Only one side ever waits: there is either room, or something to take. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
