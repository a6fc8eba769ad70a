import { setTimeout as sleep } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/nats-core';
import { deadLetter } from '../../events/dead-letter.ts';
import { MalformedMessage } from '../../events/define-event.ts';
import { isOutage } from '../../process/is-outage.ts';
import type { Log } from '../../process/log.ts';
import { deadLetterOf } from '../dead-letter.ts';
import type { Publisher } from '../publisher.ts';
import { send } from '../send.ts';
import { Delivery } from './delivery.ts';
import { DurablePull } from './durable-pull.ts';

export interface BatchConsumerOptions<T> {
  nc: NatsConnection;
  publisher: Publisher;
  log: Log;
  stream: string;
  /** Durable name, shared by all workers; also names its dead letters. */
  durable: string;
  /** Only these subjects of the stream. */
  filterSubject?: string;
  decode: (data: Uint8Array) => T;
  /**
   * Must be idempotent: any message may come again. Throw to retry the batch. On an outage the batch is held and retried for as long as it
   * takes, and no message becomes a dead letter.
   */
  handle: (batch: Delivery<T>[]) => Promise<void>;
  /** This consumer holds at most twice as many messages: the batch being handled, and the next. */
  maxBatch?: number;
  /** Messages that all workers together may be processing or holding back by `delay`. */
  maxAckPending?: number;
  /** Deliveries after which a message that fails alone goes to the dead letters. */
  maxDeliveries?: number;
  /** Pause after each batch: slows the consumer down when the database has other work. */
  pauseMs?: number;
  /** {@link ACK_WAIT_MS} unless a test needs a shorter one. The same in every worker. */
  ackWaitMs?: number;
}

interface Held<T> {
  message: JsMsg;
  delivery: Delivery<T>;
}

/** A dead worker's messages go to another worker after this; a living one extends it for the messages it holds. */
export const ACK_WAIT_MS = 5_000;
const RETRY_MS = [250, 500, 1_000, 2_000, 5_000] as const;
const retryDelay = (tries: number): number => RETRY_MS[Math.min(tries, RETRY_MS.length) - 1] ?? RETRY_MS[0];
/** How long `stop` waits for a server that may be away. */
const FLUSH_MS = 1_000;

/**
 * Takes messages from a durable consumer in batches. The messages that arrived while the last batch was handled are the next one, up to
 * `maxBatch`: batches grow with the backlog, and a single message is handled at once.
 */
export class BatchConsumer<T> {
  readonly #options: Required<Omit<BatchConsumerOptions<T>, 'filterSubject'>>;
  readonly #pull: DurablePull;
  readonly #arrived: Held<T>[] = [];
  /** By sequence in the stream. */
  readonly #held = new Map<number, JsMsg>();
  readonly #burials = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  #wake: (() => void) | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #keepAlive: NodeJS.Timeout | undefined;

  constructor({ filterSubject, ...options }: BatchConsumerOptions<T>) {
    this.#options = { maxBatch: 500, maxAckPending: 4_000, maxDeliveries: 8, pauseMs: 0, ackWaitMs: ACK_WAIT_MS, ...options };
    const { nc, log, stream, durable, maxBatch, maxAckPending, ackWaitMs } = this.#options;
    this.#pull = new DurablePull({
      nc,
      log,
      stream,
      config: {
        durable_name: durable,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: nanos(ackWaitMs),
        max_ack_pending: maxAckPending,
        max_deliver: -1,
        ...(filterSubject === undefined ? {} : { filter_subject: filterSubject }),
      },
      room: () => 2 * maxBatch - this.#held.size,
      take: (message) => this.#take(message),
    });
  }

  /** Creates the durable consumer if it is missing, and begins. */
  async start(): Promise<this> {
    await this.#pull.start();
    this.#keepAlive = setInterval(() => {
      for (const message of this.#held.values()) message.working();
    }, this.#options.ackWaitMs / 3);
    this.#running = this.#run();
    return this;
  }

  /** Takes nothing more, finishes the current batch, and returns the rest to other workers. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#pull.stop();
    this.#wake?.();
    await this.#running;
    this.#handBack(this.#arrived.splice(0));
    await Promise.all(this.#burials);
    clearInterval(this.#keepAlive);
    const { nc } = this.#options;
    if (!nc.isClosed()) await Promise.race([nc.flush().catch(() => undefined), sleep(FLUSH_MS)]);
  }

  get #stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  #take(message: JsMsg): void {
    // Delivered again while it is held, because the server was away: the acknowledgement of the first delivery counts for both.
    if (this.#held.has(message.seq)) return;
    this.#held.set(message.seq, message);
    try {
      const delivery = new Delivery(this.#options.decode(message.data), message.info.deliveryCount);
      this.#arrived.push({ message, delivery });
      this.#wake?.();
    } catch (error) {
      if (!(error instanceof MalformedMessage)) this.#options.log.error({ err: error }, 'a message could not be decoded');
      const burial = this.#bury(message, (error as Error).message);
      this.#burials.add(burial);
      void burial.finally(() => this.#burials.delete(burial));
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      if (this.#arrived.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        // Messages that arrived in one read from the socket make one batch.
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      await this.#handle(this.#arrived.splice(0, this.#options.maxBatch));
      if (this.#options.pauseMs > 0) await this.#pause(this.#options.pauseMs);
    }
  }

  async #handle(batch: Held<T>[]): Promise<void> {
    const { handle, durable, log } = this.#options;
    for (let tries = 1; ; tries += 1) {
      try {
        await handle(batch.map((held) => held.delivery));
        break;
      } catch (error) {
        for (const held of batch) held.delivery.outcome = { kind: 'ack' };
        if (!isOutage(error)) return this.#isolate(batch, error as Error);
        if (tries === 1) log.warn({ err: error, durable }, 'a server is away: holding the batch and retrying');
        await this.#pause(retryDelay(tries));
        if (this.#stopping) return this.#handBack(batch);
      }
    }
    await Promise.all(batch.map((held) => this.#settle(held)));
  }

  /** Handles each message alone to find the one that fails, so that it does not hold back the others. */
  async #isolate(batch: Held<T>[], error: Error): Promise<void> {
    const [held] = batch;
    if (held !== undefined && batch.length === 1) return this.#retryLater(held, error);
    for (const [index, each] of batch.entries()) {
      if (this.#stopping) return this.#handBack(batch.slice(index));
      await this.#handle([each]);
    }
  }

  async #retryLater({ message, delivery }: Held<T>, error: Error): Promise<void> {
    const { durable, maxDeliveries, log } = this.#options;
    log.error({ err: error, durable, deliveries: delivery.deliveries }, 'a message could not be handled');
    if (delivery.deliveries >= maxDeliveries) await this.#bury(message, error.message);
    else this.#finish(message, () => message.nak(retryDelay(delivery.deliveries)));
  }

  async #settle({ message, delivery }: Held<T>): Promise<void> {
    const { outcome } = delivery;
    if (outcome.kind === 'ack') this.#finish(message, () => message.ack());
    else if (outcome.kind === 'delay') this.#finish(message, () => message.nak(Math.max(1, Math.ceil(outcome.ms))));
    else await this.#bury(message, outcome.reason);
  }

  #handBack(batch: Held<T>[]): void {
    for (const { message } of batch) this.#finish(message, () => message.nak());
  }

  /** Stores the dead letter first, then terminates the message: a crash in between stores the same letter again, under the same id. */
  async #bury(message: JsMsg, reason: string): Promise<void> {
    const { durable, stream, publisher, log } = this.#options;
    const letter = deadLetterOf(message, { consumer: durable, stream, reason });
    try {
      await send(publisher, deadLetter, letter);
      // Without the reason: nats-server 2.9 does not understand a term that carries one, and would redeliver for ever.
      this.#finish(message, () => message.term());
      log.error({ stream, durable, seq: letter.seq, reason }, 'a message went to the dead letters');
    } catch (error) {
      log.warn({ err: error, durable, seq: letter.seq }, 'a dead letter could not be stored; the message will be redelivered');
      this.#finish(message, () => message.nak(retryDelay(3)));
    }
  }

  #finish(message: JsMsg, answer: () => void): void {
    this.#held.delete(message.seq);
    this.#pull.roomMade();
    try {
      answer();
    } catch (error) {
      this.#options.log.warn({ err: error, seq: message.seq }, 'the connection is closed; the message will be redelivered');
    }
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
