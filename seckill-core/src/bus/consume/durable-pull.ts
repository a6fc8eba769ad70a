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
  /** How many messages there is room for now. No more are asked for, so what this process cannot take yet others can. */
  room: () => number;
  take: (message: JsMsg) => void;
}

/** A request for messages stays at the server so long; with a sign of life a second, so that a server that forgot it is noticed. */
const PULL_MS = 3_000;
const HEARTBEAT_MS = 1_000;
const RETRY_MS = 1_000;
const FLUSH_MS = 250;
/** Half of what a process that stops has left. */
const ANSWER_MS = 4_000;
const ALREADY_THERE_WITH_OTHER_SETTINGS = 10_148;

/**
 * Takes messages of a durable consumer, which it makes where it is missing. It goes on after the server was away, and makes the consumer
 * anew where it was deleted. (`consume()` of the client does neither: it asks for more however many wait to be handled, and for ever from
 * a consumer that is gone.)
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

  /** Rejects where the stream is not there or the server does not answer. */
  async start(): Promise<void> {
    const consumer = await this.#ensureConsumer();
    this.#running = this.#run(consumer);
  }

  /** To be called when `room` has grown from 0. */
  roomMade(): void {
    this.#roomMade?.();
  }

  /** After it, `take` is called no more. A message that is still under way comes to another consumer after the ack wait. */
  async stop(): Promise<void> {
    const { nc } = this.#options;
    this.#stop.abort();
    this.roomMade();
    // What the server has sent is taken, to be handed back. One that is away is not waited for.
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
        if (complained) log.info(names, 'the consumer is there again');
        complained = false;
        await this.#pull(consumer);
      } catch (error) {
        if (this.#ended) return;
        if (!complained) log.warn({ err: error, ...names }, 'the consumer was lost; trying until it is there again');
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
      // Where it is there with other settings, a current server refuses to add it; nats-server 2.9 brings it up to date.
      if (!(error instanceof JetStreamApiError) || error.code !== ALREADY_THERE_WITH_OTHER_SETTINGS) throw error;
      const info = await jsm.consumers.update(stream, config.durable_name, config);
      return jetstream(nc).consumers.getConsumerFromInfo(info);
    }
  }
}
