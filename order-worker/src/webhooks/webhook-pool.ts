import type { IncomingHttpHeaders } from 'node:http';
import { Client, type Dispatcher, Pool } from 'undici';
import type { AddressRules } from './address-rules.ts';

/** Of an answer's body, for the delivery log. The rest is not read. */
const MOST_BYTES = 2_048;
/** Less than servers and their proxies usually keep a connection. One that says how long it does is believed. */
const KEPT_FOR_MS = 30_000;

export interface WebhookAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  /** The beginning of the body. */
  text: string;
}

/** A connection broke before the answer: most likely the receiver had just closed it as idle. */
class BrokenConnection extends Error {
  override readonly name = 'BrokenConnection';
}

type Headers = Readonly<Record<string, string>>;

/** Connections to one endpoint. Follows no redirects, and connects only to addresses that the rules allow. */
export class WebhookPool {
  readonly #url: URL;
  readonly #path: string;
  readonly #rules: AddressRules;
  readonly #options: Client.Options;
  readonly #pool: Pool;

  constructor(url: string, rules: AddressRules, connections: number) {
    this.#url = new URL(url);
    this.#path = this.#url.pathname + this.#url.search;
    this.#rules = rules;
    const lookup = rules.lookup(this.#url.protocol === 'https:');
    // Each post has its own limit of time.
    this.#options = { pipelining: 1, connect: { lookup }, headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: KEPT_FOR_MS };
    this.#pool = new Pool(this.#url.origin, { ...this.#options, connections });
  }

  /**
   * Posts a body. Rejects if the address is refused, or if there is no answer after `withinMs`. If the connection breaks before the answer, the body is
   * sent once more over a new one: the receiver recognises its id.
   */
  async post(body: string, headers: Headers, withinMs: number): Promise<WebhookAnswer> {
    const giveUpAt = performance.now() + withinMs;
    this.#rules.checkUrl(this.#url);
    try {
      return await this.#send(this.#pool, body, headers, giveUpAt);
    } catch (error) {
      if (!(error instanceof BrokenConnection) || performance.now() >= giveUpAt) throw error;
    }
    // Every kept connection may be broken, so not from the pool.
    const client = new Client(this.#url.origin, this.#options);
    try {
      return await this.#send(client, body, headers, giveUpAt);
    } finally {
      void client.destroy();
    }
  }

  /** Closes the connections. A post that is in progress rejects. */
  close(): void {
    void this.#pool.destroy();
  }

  #send(dispatcher: Dispatcher, body: string, headers: Headers, giveUpAt: number): Promise<WebhookAnswer> {
    return new Promise((resolve, reject) => {
      const leftMs = Math.max(1, giveUpAt - performance.now());
      dispatcher.dispatch({ path: this.#path, method: 'POST', headers, body }, new Exchange({ resolve, reject }, leftMs));
    });
  }
}

interface Outcome {
  resolve(answer: WebhookAnswer): void;
  reject(error: Error): void;
}

/** A request and its answer. Reads on only if the body is short, so that its connection can be used again. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #outcome: Outcome;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #late: Error | undefined;
  #answer: { status: number; headers: IncomingHttpHeaders } | undefined;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(outcome: Outcome, withinMs: number) {
    this.#outcome = outcome;
    this.#timer = setTimeout(() => {
      this.#late = new Error('its time was up');
      // It may still wait for a connection.
      if (this.#controller === undefined) outcome.reject(this.#late);
      else this.#controller.abort(this.#late);
    }, withinMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#late !== undefined) controller.abort(this.#late);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#answer = { status, headers };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < MOST_BYTES) return;
    this.onResponseEnd();
    controller.abort(new Error('the rest of the answer is not wanted'));
  }

  onResponseEnd(): void {
    clearTimeout(this.#timer);
    const { status, headers } = this.#answer ?? { status: 0, headers: {} };
    const text = Buffer.concat(this.#chunks).subarray(0, MOST_BYTES).toString('utf8').replaceAll('\0', '');
    this.#outcome.resolve({ status, headers, text });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    clearTimeout(this.#timer);
    const isBroken = this.#controller !== undefined && this.#answer === undefined && this.#late === undefined;
    this.#outcome.reject(isBroken ? new BrokenConnection(error.message, { cause: error }) : error);
  }
}
