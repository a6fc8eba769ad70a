import { setTimeout as sleep } from 'node:timers/promises';
import { type ConsumerConfig, JetStreamApiError, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/nats-core';
import type { Log } from '../../process/log.ts';
import { PullRequests } from './pull-requests.ts';
import type { StreamMessage } from './stream-message.ts';

export interface DurablePullOptions {
  nc: NatsConnection;
  log: Log;
  stream: string;
  config: Partial<ConsumerConfig> & { durable_name: string };
  /** Returns for how many messages there is room now. No more are requested, so other processes can take the rest. */
  room: () => number;
  take: (message: StreamMessage) => void;
}

const RETRY_MS = 1_000;
const FLUSH_MS = 250;
/** Half of the time in which a process has to stop. */
const ANSWER_MS = 4_000;
const ALREADY_THERE_WITH_OTHER_SETTINGS = 10_148;

/**
 * Takes messages from a durable consumer, which it creates if it is missing. It continues after the server was away, and creates the
 * consumer again if it was deleted.
 */
export class DurablePull {
  readonly #options: DurablePullOptions;
  readonly #stop = new AbortController();
  #requests: PullRequests | undefined;
  #roomMade: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: DurablePullOptions) {
    this.#options = options;
  }

  /** Rejects if the stream does not exist or the server does not answer. */
  async start(): Promise<void> {
    await this.#ensureConsumer();
    const { nc, stream, config, take } = this.#options;
    this.#requests = new PullRequests({ nc, stream, consumer: config.durable_name, take });
    this.#running = this.#run(this.#requests);
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
    this.#requests?.stop();
    await this.#running;
  }

  get #ended(): boolean {
    return this.#stop.signal.aborted || this.#options.nc.isClosed();
  }

  async #run(requests: PullRequests): Promise<void> {
    let isLost = false;
    const { stream, config, log } = this.#options;
    const names = { stream, durable: config.durable_name };
    while (!this.#ended) {
      try {
        if (isLost) {
          await this.#ensureConsumer();
          log.info(names, 'the consumer is back');
          isLost = false;
        }
        await this.#pull(requests);
      } catch (error) {
        if (this.#ended) return;
        if (!isLost) log.warn({ err: error, ...names }, 'the consumer was lost; retrying until it is back');
        isLost = true;
        await sleep(RETRY_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  async #pull(requests: PullRequests): Promise<void> {
    const free = this.#options.room();
    if (this.#ended) return;
    if (free <= 0) {
      await new Promise<void>((resolve) => {
        this.#roomMade = resolve;
      });
      return;
    }
    await requests.request(free);
  }

  async #ensureConsumer(): Promise<void> {
    const { nc, stream, config } = this.#options;
    const { consumers } = await jetstreamManager(nc, { checkAPI: false, timeout: ANSWER_MS });
    try {
      await consumers.add(stream, config);
    } catch (error) {
      // If it exists with other settings, a current server refuses to add it; nats-server 2.9 updates it.
      if (!(error instanceof JetStreamApiError) || error.code !== ALREADY_THERE_WITH_OTHER_SETTINGS) throw error;
      await consumers.update(stream, config.durable_name, config);
    }
  }
}
