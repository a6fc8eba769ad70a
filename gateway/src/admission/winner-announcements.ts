import type { Logger } from 'pino';
import { type StockReserved, send, stockReserved } from 'seckill-core';
import type { NatsLink } from '../links/nats-link.ts';
import type { OutboxClearing } from './outbox-clearing.ts';
import { UNACKNOWLEDGED_LIMIT, Unacknowledged } from './unacknowledged.ts';

/**
 * Tells the order workers of each winner. Whatever happens to the message, the reservation stands: it is in the outbox in Redis, from
 * where a relay publishes it, and nothing is ever undone on a guess. So the buyer hears 202 with or without an acknowledgement.
 */
export class WinnerAnnouncements {
  readonly #nats: NatsLink;
  readonly #outbox: OutboxClearing;
  readonly #log: Logger;
  readonly #unacknowledged = new Unacknowledged((win) => this.#store(win));
  readonly #limit: number;
  /** JetStream did not answer the last time: winners do not wait for it until it does. */
  #silent = false;
  #waiting = 0;

  constructor(nats: NatsLink, outbox: OutboxClearing, log: Logger, limit = UNACKNOWLEDGED_LIMIT) {
    this.#nats = nats;
    this.#outbox = outbox;
    this.#log = log;
    this.#limit = limit;
    nats.onConnected(() => void this.#unacknowledged.retry());
  }

  start(): void {
    this.#unacknowledged.start();
  }

  get unacknowledged(): number {
    return this.#unacknowledged.size;
  }

  /** No room for another winner whom JetStream does not know: better nobody wins than that one could be lost. */
  get isFull(): boolean {
    return this.#unacknowledged.size + this.#nats.inFlight >= this.#limit;
  }

  /** Winners whose answer waits for the acknowledgement. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Calls `answered` once the message is stored, or known to have to wait. */
  announce(win: StockReserved, answered: () => void): void {
    if (this.#silent || this.#nats.publisher === undefined) {
      this.#unacknowledged.keep(win);
      answered();
      return;
    }
    this.#waiting += 1;
    this.#store(win).then((stored) => {
      this.#waiting -= 1;
      if (!stored) this.#unacknowledged.keep(win);
      answered();
    });
  }

  /** The last try of a gateway that leaves; what is left is the relay's. */
  async close(): Promise<void> {
    this.#unacknowledged.stop();
    await this.#unacknowledged.retry();
    if (this.#unacknowledged.size > 0) {
      this.#log.warn(
        { winners: this.#unacknowledged.size },
        'leaving with winners that only the outbox in Redis holds: a relay publishes them',
      );
    }
  }

  #store(win: StockReserved): Promise<boolean> {
    const publisher = this.#nats.publisher;
    if (publisher === undefined) return Promise.resolve(false);
    return send(publisher, stockReserved, win).then(
      () => {
        this.#outbox.add(win.itemId, win.reservationId);
        this.#hear(true);
        return true;
      },
      (error: Error) => {
        this.#hear(false, error);
        return false;
      },
    );
  }

  #hear(answered: boolean, error?: Error): void {
    if (this.#silent !== answered) return;
    this.#silent = !answered;
    if (answered) this.#log.info('JetStream acknowledges winners again');
    else this.#log.warn({ reason: error?.message }, 'JetStream does not acknowledge winners: they are kept and published again');
  }
}
