import { createInbox, type Msg, type NatsConnection, type Subscription } from '@nats-io/nats-core';
import { onReconnect } from '../on-reconnect.ts';
import { StreamMessage } from './stream-message.ts';

export interface PullFrom {
  nc: NatsConnection;
  stream: string;
  consumer: string;
  take: (message: StreamMessage) => void;
}

/** The consumer is gone, its server is away, or it has no answer. */
export class ConsumerLost extends Error {
  override readonly name = 'ConsumerLost';
}

/** How long a request stays open at the server. A heartbeat each second shows that the server has not forgotten it. */
const OPEN_MS = 3_000;
const HEARTBEAT_MS = 1_000;
const LOOK_EVERY_MS = 1.25 * HEARTBEAT_MS;
/** Looks without an answer in between. After the first, a process that stood still itself reads what has arrived. */
const SILENT_LOOKS = 2;
/** Of a server that has not told it. */
const MAX_PAYLOAD = 1_024 ** 2;
/** A subject, and where to answer. */
const ENVELOPE_BYTES = 4_096;
/** Begins the address for the acknowledgement of a stream's message. */
const OF_STREAM = '$JS.ACK.';
/** Of a status that ends a request and allows the next: the time is over, all messages are there, another server leads. */
const OVER = /^(request timeout|no messages|batch completed|leadership change|server shutdown)/i;
const FULL = /^message size exceeds maxbytes/i;

interface Open {
  reply: string;
  most: number;
  /** How many of them, and of the bytes, are still to come. */
  messages: number;
  bytes: number;
  resolve: () => void;
  reject: (error: Error) => void;
  looks: number;
  looking: NodeJS.Timeout;
}

/**
 * Takes messages from a consumer by one request at a time. The server sends at most a megabyte of messages for it, or one message: it breaks the
 * connection of a client for which more than 64 MB wait, and a worker has dozens of readers on one connection. The client's own `consume()` and `fetch()`
 * limit either the messages or the bytes.
 */
export class PullRequests {
  readonly #from: PullFrom;
  readonly #inbox = createInbox();
  readonly #answers: Subscription;
  readonly #ended: () => void;
  #open: Open | undefined;
  #requests = 0;
  #stopped = false;

  constructor(from: PullFrom) {
    this.#from = from;
    this.#answers = from.nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) this.#end(new ConsumerLost(`${this.#name}: ${error.message}`));
        else this.#received(message);
      },
    });
    // The server has forgotten the request. What it had sent for it is lost.
    this.#ended = onReconnect(from.nc, () => this.#end());
  }

  /**
   * Requests up to `messages`. Resolves once no more come for this request: they are all there, the next one would exceed the bytes, or none came for some seconds.
   * Rejects with {@link ConsumerLost}. Ask again only then.
   */
  async request(messages: number): Promise<void> {
    if (this.#stopped) return;
    const { nc, stream, consumer } = this.#from;
    this.#requests += 1;
    const reply = `${this.#inbox}.${this.#requests}`;
    const bytes = (nc.info?.max_payload ?? MAX_PAYLOAD) + ENVELOPE_BYTES;
    const limits = { batch: messages, max_bytes: bytes, expires: OPEN_MS * 1e6, idle_heartbeat: HEARTBEAT_MS * 1e6 };
    const over = new Promise<void>((resolve, reject) => {
      const looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
      this.#open = { reply, most: messages, messages, bytes, resolve, reject, looks: 0, looking };
    });
    try {
      nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, JSON.stringify(limits), { reply });
    } catch (error) {
      this.#end(error as Error);
    }
    return over;
  }

  /** Takes nothing more. A request in progress resolves. */
  stop(): void {
    this.#stopped = true;
    this.#ended();
    if (!this.#from.nc.isClosed()) this.#answers.unsubscribe();
    this.#end();
  }

  get #name(): string {
    return `Consumer ${this.#from.consumer} of ${this.#from.stream}`;
  }

  /** An answer that comes after the end of its request is of a request that the client gave up: a message still counts. */
  #received(message: Msg): void {
    if (this.#open !== undefined) this.#open.looks = 0;
    if (message.subject.startsWith(this.#inbox)) this.#receivedStatus(message);
    else if (message.reply?.startsWith(OF_STREAM) === true) this.#receivedMessage(message);
  }

  #receivedMessage(message: Msg): void {
    const open = this.#open;
    if (open !== undefined) {
      open.messages -= 1;
      open.bytes -= (message as Msg & { size(): number }).size();
    }
    this.#from.take(new StreamMessage(message));
    // No status follows then from a server before 2.10.
    if (open !== undefined && (open.messages <= 0 || open.bytes <= 0)) this.#end();
  }

  #receivedStatus({ subject, headers }: Msg): void {
    const { code = 0, description = '' } = headers ?? {};
    if (subject !== this.#open?.reply || code === 100) return;
    const { messages, most } = this.#open;
    // If nothing was sent, the next message alone is too long.
    const isOver = OVER.test(description) || (FULL.test(description) && messages < most);
    this.#end(isOver ? undefined : new ConsumerLost(`${this.#name}: ${description || code}.`));
  }

  #look(): void {
    if (this.#open === undefined) return;
    this.#open.looks += 1;
    if (this.#open.looks >= SILENT_LOOKS) this.#end(new ConsumerLost(`${this.#name} does not answer.`));
  }

  #end(error?: Error): void {
    const open = this.#open;
    if (open === undefined) return;
    clearInterval(open.looking);
    this.#open = undefined;
    if (error === undefined) open.resolve();
    else open.reject(error);
  }
}
