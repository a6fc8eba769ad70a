import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Consumer,
  type ConsumerConfig,
  type ConsumerMessages,
  JetStreamApiError,
  type JsMsg,
  jetstream,
  jetstreamManager,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Log } from '../../process/log.ts';

export interface DurablePullOptions {
  nc: NatsConnection;
  log: Log;
  stream: string;
  config: Partial<ConsumerConfig> & { durable_name: string };
  /** Returns for how many messages there is room now. No more are requested, so other processes can take the rest. */
  room: () => number;
  take: (message: JsMsg) => void;
}

/** How long a pull request stays open at the server. A heartbeat each second shows that the server has not forgotten it. */
const PULL_MS = 3_000;
const HEARTBEAT_MS = 1_000;
const RETRY_MS = 1_000;
const FLUSH_MS = 250;
/** Half of the time in which a process has to stop. */
const ANSWER_MS = 4_000;
const ALREADY_THERE_WITH_OTHER_SETTINGS = 10_148;

/**
 * Takes messages from a durable consumer, which it creates if it is missing. It continues after the server was away, and creates the
 * consumer again if it was deleted. The client's `consume()` does neither: it requests more however many messages wait to be handled, and
 * asks a deleted consumer for ever.
 */
export class DurablePull {
  readonly #options: DurablePullOptions;
  readonly #stop = new AbortController();
  #open: ConsumerMessages | undefined;
  #roomMade: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: DurablePullOptions) {
    this.#options = options;
  }

  /** Rejects if the stream does not exist or the server does not answer. */
  async start(): Promise<void> {
    const consumer = await this.#ensureConsumer();
    this.#running = this.#run(consumer);
  }

  /** Call this when `room` has grown from 0. */
  roomMade(): void {
    this.#roomMade?.();
  }

  /** Once it resolves, `take` is not called any more. A message still in flight goes to another consumer after the ack wait. */
  async stop(): Promise<void> {
    const { nc } = this.#options;
    this.#stop.abort();
    this.roomMade();
    // Messages the server has sent are taken, to be handed back. A server that is away is not waited for.
    if (!nc.isClosed()) await Promise.race([nc.flush().catch(() => undefined), sleep(FLUSH_MS)]);
    await this.#open?.close().catch(() => undefined);
    await this.#running;
  }

  get #ended(): boolean {
    return this.#stop.signal.aborted || this.#options.nc.isClosed();
  }

  async #run(first: Consumer): Promise<void> {
    let consumer: Consumer | undefined = first;
    let complained = false;
    const { stream, config, log } = this.#options;
    const names = { stream, durable: config.durable_name };
    while (!this.#ended) {
      try {
        consumer ??= await this.#ensureConsumer();
        if (complained) log.info(names, 'the consumer is back');
        complained = false;
        await this.#pull(consumer);
      } catch (error) {
        if (this.#ended) return;
        if (!complained) log.warn({ err: error, ...names }, 'the consumer was lost; retrying until it is back');
        complained = true;
        consumer = undefined;
        await sleep(RETRY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  async #pull(consumer: Consumer): Promise<void> {
    const { room, take } = this.#options;
    const free = room();
    if (this.#ended) return;
    if (free <= 0) {
      await new Promise<void>((resolve) => {
        this.#roomMade = resolve;
      });
      return;
    }
    const messages = await consumer.fetch({ max_messages: free, expires: PULL_MS, idle_heartbeat: HEARTBEAT_MS });
    this.#open = messages;
    if (this.#ended) void messages.close();
    for await (const message of messages) take(message);
  }

  async #ensureConsumer(): Promise<Consumer> {
    const { nc, stream, config } = this.#options;
    const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: ANSWER_MS });
    try {
      return jetstream(nc).consumers.getConsumerFromInfo(await jsm.consumers.add(stream, config));
    } catch (error) {
      // If it exists with other settings, a current server refuses to add it; nats-server 2.9 updates it.
      if (!(error instanceof JetStreamApiError) || error.code !== ALREADY_THERE_WITH_OTHER_SETTINGS) throw error;
      const info = await jsm.consumers.update(stream, config.durable_name, config);
      return jetstream(nc).consumers.getConsumerFromInfo(info);
    }
  }
}
