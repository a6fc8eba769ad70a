import { setTimeout as sleep } from 'node:timers/promises';
import { type Log, type PaymentReceived, signWebhook } from 'seckill-core';

/** The schedule of real providers: soon at first, then for about a day. */
const RETRY_MS = [200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1000;
const TIMEOUT_MS = 5_000;
/** Webhooks in flight at once. */
const AT_ONCE = 32;

export interface WebhookOptions {
  url: string;
  secret: string;
  log: Log;
}

/** Delivers each event at least once: repeats it until the receiver answers 2xx. */
export class WebhookSender {
  readonly #options: WebhookOptions;
  readonly #queue: PaymentReceived[] = [];
  readonly #stop = new AbortController();
  #busy = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
  }

  /** Events in the queue or in flight. */
  get waiting(): number {
    return this.#queue.length + this.#busy;
  }

  send(event: PaymentReceived): void {
    this.#queue.push(event);
    if (this.#busy < AT_ONCE) void this.#work();
  }

  stop(): void {
    this.#stop.abort();
  }

  async #work(): Promise<void> {
    this.#busy += 1;
    for (let event = this.#queue.shift(); event !== undefined && !this.#stop.signal.aborted; event = this.#queue.shift()) {
      if (!(await this.#post(event))) void this.#later(event);
    }
    this.#busy -= 1;
  }

  /** A refused event waits outside the queue, so that it holds up no others. */
  async #later(event: PaymentReceived): Promise<void> {
    const { log, url } = this.#options;
    log.warn({ url, eventId: event.eventId }, 'the shop refused the webhook; retrying');
    const began = Date.now();
    for (let tries = 0; Date.now() - began < GIVE_UP_AFTER_MS; tries += 1) {
      const pause = RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? RETRY_MS[0];
      await sleep(pause, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
      if (this.#stop.signal.aborted || (await this.#post(event))) return;
    }
    log.error({ url, eventId: event.eventId }, 'the shop refused the webhook for a day; giving up');
  }

  async #post(event: PaymentReceived): Promise<boolean> {
    const { url, secret } = this.#options;
    const body = JSON.stringify(event);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'seckill-signature': signWebhook(secret, body, Math.floor(Date.now() / 1000)),
        },
        body,
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }
}
