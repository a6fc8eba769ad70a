import { setTimeout as sleep } from 'node:timers/promises';
import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream';
import { type NatsConnection, nanos } from '@nats-io/nats-core';
import { deadLetter } from '../../events/dead-letter.ts';
import { MalformedMessage, type Parts } from '../../events/define-event.ts';
import { isOutage } from '../../process/is-outage.ts';
import type { Log } from '../../process/log.ts';
import { reasonOf } from '../../process/safe-error.ts';
import { deadLetterOf } from '../dead-letter.ts';
import type { Publisher } from '../publisher.ts';
import { send } from '../send.ts';
import { type ConsumerLogs, consumerLogs } from './consumer-logs.ts';
import type { Delivery } from './delivery.ts';
import { DurablePull } from './durable-pull.ts';
import { handleInParts, NothingPasses } from './handle-in-parts.ts';
import { type Held, HeldMessage, HeldValue } from './held-message.ts';
import type { StreamMessage } from './stream-message.ts';
import { Suspects } from './suspects.ts';
import { HandlerHangs, withinTime } from './within-time.ts';

export interface BatchConsumerOptions<T> {
  nc: NatsConnection;
  publisher: Publisher;
  log: Log;
  stream: string;
  /** Durable name, shared by all workers; also names its dead letters. */
  durable: string;
  /** Only these subjects of the stream. */
  filterSubject?: string;
  /** Returns the values of a message. Throws {@link MalformedMessage} if it has none that can be read. */
  decode: (data: Uint8Array) => Parts<T>;
  /**
   * Must be idempotent: any value may come again. Throw to retry the batch, for as long as it takes. Only a value that is proven bad becomes
   * a dead letter, see {@link Suspects}. Call `progress` after each part of a long batch, so that it isn't taken for one that hangs.
   */
  handle: (batch: readonly Delivery<T>[], progress: () => void) => Promise<void>;
  /** Values. This consumer asks for no more messages than twice as many values fit in: the batch being handled, and the next. */
  maxBatch?: number;
  /** Messages that all workers together may be processing or holding back by `delay`. */
  maxAckPending?: number;
  /** Tries after which a value that alone fails on its own data goes to the dead letters. */
  maxTries?: number;
  /** A batch that makes no progress for this long is handed back, ms. */
  handleWithinMs?: number;
  /**
   * A consumer that handles nothing for this long hands its messages to other workers, ms. Then it rests for half as long, and tries with one
   * message at a time, once each.
   */
  handBackAfterMs?: number;
  /** Pause after each batch: slows the consumer down when the database has other work. */
  pauseMs?: number;
  /**
   * Resolves when a batch of about so many values may begin; what it returns is called after the batch and its pause. By default, at once. A busy
   * consumer asks for the next turn before it ends one, so that it is not passed over.
   */
  turn?: (values: number) => Promise<() => void>;
  /** {@link ACK_WAIT_MS} unless a test needs a shorter one. The same in every worker. */
  ackWaitMs?: number;
}

class Stopping extends Error {
  override readonly name = 'Stopping';
}

/** The rest of the batch is not tried now. */
const endsTry = (error: unknown): boolean => error instanceof HandlerHangs || error instanceof Stopping || isOutage(error);

/** A dead worker's messages go to another worker after this; a living one extends it for the messages it holds. */
export const ACK_WAIT_MS = 5_000;
const RETRY_MS = [250, 500, 1_000, 2_000, 5_000] as const;
const retryDelay = (tries: number): number => RETRY_MS[Math.min(tries, RETRY_MS.length) - 1] ?? RETRY_MS[0];
/** A failure counts as present for this long: more than a rest and a try. */
const FAILING_MS = 20_000;
/** A value that fails alone and isn't proven bad is tried this often. */
const LONGEST_RETRY_MS = 30_000;
/** How long `stop` waits for a server that may be away. */
const FLUSH_MS = 1_000;
/** Most messages in one request. The next ones may hold far more values than the last ones. */
const MOST_REQUESTED = 100;
/** After a batch of this many values more are on their way, and a batch of a hundred costs little more than one of ten. */
const BUSY_FROM = 20;
/** How long a busy consumer gathers a batch that is not full, ms. */
const GATHER_MS = 50;
/** How many messages the average of values in a message looks back on. */
const AVERAGE_OVER = 16;

/**
 * Takes messages from a durable consumer and handles their values in batches. The values that arrived while the last batch was handled are the
 * next one, up to `maxBatch`: batches grow with the backlog, and a single value is handled at once. A busy consumer waits a moment for more. A
 * message is acknowledged once each of its values is handled or buried. If one of them must come again, all do.
 *
 * While nothing can be handled it holds its messages and retries. After `handBackAfterMs` it gives them back, because other workers may reach
 * the servers that this one doesn't, and tries one at a time until one passes.
 */
export class BatchConsumer<T> {
  readonly #options: Required<Omit<BatchConsumerOptions<T>, 'filterSubject'>>;
  readonly #pull: DurablePull;
  readonly #arrived: HeldValue<T>[] = [];
  /** By sequence in the stream. */
  readonly #held = new Map<number, StreamMessage>();
  /** Values that are not settled yet. */
  #values = 0;
  #valuesPerMessage = 1;
  readonly #burials = new Set<Promise<void>>();
  readonly #suspects: Suspects;
  readonly #log: ConsumerLogs;
  readonly #stop = new AbortController();
  /** Nothing passes: take one message at a time. */
  #tripped = false;
  /** Between two such messages: other workers get them. */
  #resting = false;
  /** Since when nothing has passed, and when a try failed last. */
  #failing: { since: number; seenAt: number } | undefined;
  #wake: (() => void) | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #keepAlive: NodeJS.Timeout | undefined;
  #batchBegan: number | undefined;

  constructor({ filterSubject, ...options }: BatchConsumerOptions<T>) {
    this.#options = {
      maxBatch: 500,
      maxAckPending: 4_000,
      maxTries: 8,
      handleWithinMs: 30_000,
      handBackAfterMs: 10_000,
      pauseMs: 0,
      turn: () => Promise.resolve(() => {}),
      ackWaitMs: ACK_WAIT_MS,
      ...options,
    };
    const { nc, log, stream, durable, maxAckPending, maxTries, ackWaitMs } = this.#options;
    this.#suspects = new Suspects(maxTries);
    this.#log = consumerLogs(log, { stream, durable });
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
      room: () => this.#room(),
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

  /** How long the present batch has been tried, or nothing has passed, ms; 0 if there is no batch, and the last one passed. */
  get batchAgeMs(): number {
    const now = performance.now();
    const since = this.#failingSince(now) ?? this.#batchBegan;
    return since === undefined ? 0 : now - since;
  }

  /** Whether a batch is being handled. */
  get isHandling(): boolean {
    return this.#batchBegan !== undefined;
  }

  #failingSince(now: number): number | undefined {
    return this.#failing !== undefined && now - this.#failing.seenAt < FAILING_MS ? this.#failing.since : undefined;
  }

  get #stopping(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Returns how many messages to request. */
  #room(): number {
    if (this.#resting) return 0;
    if (this.#tripped) return 1 - this.#held.size;
    const free = 2 * this.#options.maxBatch - this.#values;
    return Math.min(MOST_REQUESTED, Math.ceil(free / this.#valuesPerMessage));
  }

  #take(message: StreamMessage): void {
    // Delivered again while it is held, because the server was away: the acknowledgement of the first delivery counts for both.
    if (this.#held.has(message.seq)) return;
    // It comes from a request that was open when the rest began.
    if (this.#resting) {
      this.#answer(() => message.nak(retryDelay(3)));
      return;
    }
    const read = this.#read(message);
    const { parts } = read;
    const of = new HeldMessage(message, read);
    this.#held.set(message.seq, message);
    this.#values += parts.length;
    this.#valuesPerMessage += (parts.length - this.#valuesPerMessage) / AVERAGE_OVER;
    for (const [index, part] of parts.entries()) {
      if ('value' in part) this.#arrived.push(new HeldValue(of, index, part.value));
      else this.#buryAside({ of, index, isSettled: false }, part.fault);
    }
    this.#wake?.();
  }

  #read(message: StreamMessage): Parts<T> {
    try {
      return this.#options.decode(message.data);
    } catch (error) {
      return { parts: [{ fault: error instanceof MalformedMessage ? error.message : reasonOf(error) }] };
    }
  }

  async #run(): Promise<void> {
    let next: Promise<() => void> | undefined;
    while (!this.#stopping) {
      if (this.#arrived.length === 0) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        // Messages that arrived in one read from the socket make one batch.
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      const end = await (next ?? this.#turn());
      const handled = await this.#handleNext();
      next = this.#arrived.length >= this.#options.maxBatch ? this.#turn() : undefined;
      end();
      if (next === undefined && handled >= BUSY_FROM) await this.#gather();
    }
    (await next)?.();
  }

  #turn(): Promise<() => void> {
    return this.#options.turn(Math.min(this.#arrived.length, this.#options.maxBatch));
  }

  /** Handles the next batch and pauses. Returns how many values it had. */
  async #handleNext(): Promise<number> {
    const { maxBatch, pauseMs } = this.#options;
    const batch = this.#arrived.splice(0, maxBatch);
    this.#batchBegan = performance.now();
    await this.#untilHandled(batch, this.#batchBegan);
    this.#batchBegan = undefined;
    if (pauseMs > 0) await this.#pause(pauseMs);
    return batch.length;
  }

  /** Waits until the next batch is full, but not for long. */
  #gather(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
      const timer = setTimeout(end, GATHER_MS);
      const endIfFull = () => {
        if (this.#stopping || this.#arrived.length >= this.#options.maxBatch) end();
      };
      this.#wake = endIfFull;
      endIfFull();
    });
  }

  /** Tries a batch until each of its values is handled, set aside or handed back. */
  async #untilHandled(batch: readonly HeldValue<T>[], began: number): Promise<void> {
    let left = batch;
    for (let tries = 1; ; tries += 1) {
      try {
        const failed = await handleInParts(left, { handle: (part) => this.#handle(part), endsTry, patience: tries });
        await Promise.all(failed.map(({ item, error }) => this.#setAside(item, error, began)));
        return;
      } catch (error) {
        left = left.filter((held) => !held.isSettled);
        if (this.#stopping) return this.#handBack(left);
        this.#log.nothingPasses.failed(error instanceof NothingPasses ? error.cause : error);
        if (error instanceof HandlerHangs) return this.#handBack(left, retryDelay(3));
        const now = performance.now();
        this.#failing = { since: this.#failingSince(began) ?? began, seenAt: now };
        if (this.#tripped || now - began >= this.#options.handBackAfterMs) return this.#trip(left);
        await this.#pause(retryDelay(tries));
        if (this.#stopping) return this.#handBack(left);
      }
    }
  }

  /** Keeps nothing: a message held here would wait for as long as this worker doesn't reach a server that others reach. */
  async #trip(left: readonly HeldValue<T>[]): Promise<void> {
    this.#tripped = true;
    this.#resting = true;
    this.#handBack([...left, ...this.#arrived.splice(0)], retryDelay(3));
    await this.#pause(this.#options.handBackAfterMs / 2);
    this.#resting = false;
    this.#pull.roomMade();
  }

  async #handle(part: readonly HeldValue<T>[]): Promise<void> {
    if (this.#stopping) throw new Stopping();
    for (const held of part) held.tryAgain();
    await withinTime(this.#options.handleWithinMs, (progress) => this.#options.handle(part, progress));
    await this.#settle(part);
    this.#suspects.passed(part, performance.now());
    this.#log.nothingPasses.worked();
    if (this.#suspects.size === 0) this.#log.suspects.worked();
    this.#tripped = false;
    this.#failing = undefined;
    this.#pull.roomMade();
  }

  /** A value failed alone. Its message comes again later, so that it doesn't hold back the others, unless the value is proven bad. */
  async #setAside(held: HeldValue<T>, error: unknown, began: number): Promise<void> {
    const { tries, proven } = this.#suspects.failed(held, error, began, performance.now());
    this.#log.suspects.failed(error);
    if (proven) await this.#bury(held, reasonOf(error));
    else this.#finish(held, tries > this.#options.maxTries ? LONGEST_RETRY_MS : retryDelay(tries));
  }

  async #settle(part: readonly HeldValue<T>[]): Promise<void> {
    const burials: Promise<void>[] = [];
    for (const held of part) {
      const { outcome } = held;
      if (outcome.kind === 'ack') this.#finish(held);
      else if (outcome.kind === 'delay') this.#finish(held, Math.max(1, Math.ceil(outcome.ms)));
      else burials.push(this.#bury(held, outcome.reason));
    }
    await Promise.all(burials);
  }

  #handBack(batch: readonly Held[], afterMs = 0): void {
    for (const held of batch) this.#finish(held, afterMs);
  }

  #buryAside(held: Held, reason: string): void {
    const burial = this.#bury(held, reason);
    this.#burials.add(burial);
    void burial.finally(() => this.#burials.delete(burial));
  }

  /** Stores the dead letter first, then settles the value: a crash in between stores the same letter again, under the same id. */
  async #bury(held: Held, reason: string): Promise<void> {
    const { durable, stream, publisher, log } = this.#options;
    const letter = deadLetterOf(held.of.message, { consumer: durable, stream, reason }, held.of.alone?.(held.index));
    try {
      await send(publisher, deadLetter, letter);
      this.#finish(held);
      this.#log.burials.worked();
      log.error({ stream, durable, seq: letter.seq, reason }, 'a message went to the dead letters');
    } catch (error) {
      this.#log.burials.failed(error);
      this.#finish(held, retryDelay(3));
    }
  }

  /** Settles a value: it is done, or comes again after `againMs`. */
  #finish(held: Held, againMs?: number): void {
    held.isSettled = true;
    this.#values -= 1;
    if (!held.of.settle(againMs)) return;
    this.#held.delete(held.of.message.seq);
    this.#pull.roomMade();
    this.#answer(() => held.of.answer());
  }

  #answer(answer: () => void): void {
    try {
      answer();
      this.#log.acknowledging.worked();
    } catch (error) {
      this.#log.acknowledging.failed(error);
    }
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
