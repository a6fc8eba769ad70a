import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import type { Logger } from 'pino';
import {
  broadcast,
  callRpc,
  connectNats,
  type Event,
  listen,
  NatsTrouble,
  Problem,
  Publisher,
  type Rpc,
  retryAfterMs,
  workerServing,
} from 'seckill-core';
import type { Static, TSchema } from 'typebox';
import { CallBounds } from './call-bounds.ts';
import { ServingWorkers } from './serving-workers.ts';

export interface NatsLinkOptions {
  url: string;
  /** A `.creds` file. */
  credsFile?: string | undefined;
  prefix?: string | undefined;
  log: Logger;
  /** How long a winner's answer may wait for JetStream. After that the buyer is answered anyway: the outbox holds the win. */
  ackTimeoutMs?: number;
  bounds?: CallBounds;
}

const RETRY_AFTER_MS = 1_000;

/** The gateway's connection to NATS. It connects in the background and reconnects for as long as the gateway runs. */
export class NatsLink {
  readonly #options: NatsLinkOptions;
  readonly #bounds: CallBounds;
  readonly #workers = new ServingWorkers();
  readonly #trouble: NatsTrouble;
  readonly #subscriptions = new Set<(nc: NatsConnection) => void>();
  readonly #listeners: (() => void)[] = [];
  #nc: NatsConnection | undefined;
  #publisher: Publisher | undefined;
  #paymentProviders: readonly string[] = [];
  #connected = false;
  #closed = false;

  constructor(options: NatsLinkOptions) {
    this.#options = options;
    this.#bounds = options.bounds ?? new CallBounds();
    this.listen(workerServing, ({ workerId, paymentProviders }) => {
      this.#workers.heard(workerId, performance.now());
      this.#paymentProviders = paymentProviders ?? this.#paymentProviders;
    });
    this.#trouble = new NatsTrouble(options.log);
    void this.#connect();
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Why buyers cannot be served, as a sentence; undefined if they can. */
  get trouble(): string | undefined {
    return this.#trouble.sentence ?? (this.#connected ? undefined : 'NATS is away.');
  }

  /** The payment providers that the workers are configured for, the usual one first. Empty until a worker has said so. */
  get paymentProviders(): readonly string[] {
    return this.#paymentProviders;
  }

  /** Undefined until the first connection. For the plain subscriptions of live pages. */
  get connection(): NatsConnection | undefined {
    return this.#nc;
  }

  get inFlight(): number {
    return this.#publisher?.inFlight ?? 0;
  }

  /** Calls that wait for a worker. */
  get callsInFlight(): number {
    return this.#bounds.inFlight;
  }

  /** Undefined while NATS is known to be down. Callers then keep what they would publish. */
  get publisher(): Publisher | undefined {
    return this.#connected ? this.#publisher : undefined;
  }

  /** Calls `listener` now if connected, and after every connect and reconnect. */
  onConnected(listener: () => void): void {
    this.#listeners.push(listener);
    if (this.#connected) listener();
  }

  /** Calls `handle` with every such event, on this connection and on later ones. Returns the function that stops it. */
  listen<Schema extends TSchema>(event: Event<Schema>, handle: (value: Static<Schema>) => void): () => void {
    let subscription: Subscription | undefined;
    const subscribe = (nc: NatsConnection) => {
      subscription = listen(nc, event, handle, this.#options.log);
    };
    this.#subscriptions.add(subscribe);
    if (this.#nc?.isClosed() === false) subscribe(this.#nc);
    return () => {
      this.#subscriptions.delete(subscribe);
      subscription?.unsubscribe();
    };
  }

  /** Sends an event to every listener over core NATS. It is lost while NATS is down. */
  broadcast<Schema extends TSchema>(event: Event<Schema>, value: Static<Schema>): void {
    if (this.#connected && this.#nc !== undefined) broadcast(this.#nc, event, value);
  }

  /** Calls a worker and waits for `timeoutMs`, by default as long as the call may take. Throws the worker's {@link Problem}, or UNAVAILABLE. */
  async ask<Request extends TSchema, Reply extends TSchema>(
    rpc: Rpc<Request, Reply>,
    request: Static<Request>,
    timeoutMs = rpc.timeoutMs,
  ): Promise<Static<Reply>> {
    const nc = this.#connected ? this.#nc : undefined;
    if (nc === undefined) {
      throw new Problem('UNAVAILABLE', 'The order service cannot be reached at the moment. Try again.', retryAfterMs());
    }
    return this.#bounds.run(rpc.name, userOf(request), () =>
      callRpc(nc, rpc, request, { timeoutMs, workerId: this.#workers.pick(performance.now()) }),
    );
  }

  /** Waits for outstanding acknowledgements, then disconnects. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#connected) await this.#publisher?.close();
    // Draining would wait for a server that is down.
    if (this.#connected) await this.#nc?.drain().catch(() => undefined);
    else await this.#nc?.close().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const { url, credsFile, prefix, log, ackTimeoutMs = 1_000 } = this.#options;
    const late = setTimeout(() => log.warn('NATS is away: retrying until it is back'), 1_000);
    try {
      const nc = await connectNats(url, 'seckill-gateway', { credsFile, prefix });
      clearTimeout(late);
      if (this.#closed) return void (await nc.close());
      this.#nc = nc;
      this.#publisher = new Publisher(nc, { ackTimeoutMs });
      for (const subscribe of this.#subscriptions) subscribe(nc);
      this.#enter();
      for await (const status of nc.status()) {
        this.#trouble.note(status);
        if (status.type === 'disconnect') this.#leave();
        else if (status.type === 'reconnect') this.#enter();
      }
      this.#leave();
    } catch (error) {
      clearTimeout(late);
      this.#trouble.noteError(error);
      log.error({ err: error }, 'the connection to NATS failed; retrying');
    }
    // The client gives up on some errors, such as a refused password.
    if (!this.#closed) setTimeout(() => void this.#connect(), RETRY_AFTER_MS).unref();
  }

  #enter(): void {
    this.#connected = true;
    this.#trouble.connected();
    for (const listener of this.#listeners) listener();
  }

  #leave(): void {
    if (!this.#connected) return;
    this.#connected = false;
    if (!this.#closed) this.#options.log.warn('NATS is away: winners stay in the outbox until it is back');
  }
}

/** The buyer whose call it is; operators' calls name none. */
function userOf(request: unknown): string | undefined {
  const { userId } = request as { userId?: unknown };
  return typeof userId === 'string' ? userId : undefined;
}
