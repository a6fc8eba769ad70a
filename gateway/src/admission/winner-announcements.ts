import type { Logger } from 'pino';
import { send, stockReserved, type Winners } from 'seckill-core';
import type { NatsLink } from '../links/nats-link.ts';
import type { OutboxClearing } from './outbox-clearing.ts';
import { UNACKNOWLEDGED_LIMIT, Unacknowledged } from './unacknowledged.ts';

/**
 * Publishes the winners of each script call to the order workers, as one message. The reservations stand whatever happens to it: they are also in
 * the outbox in Redis, which the relay publishes, and nothing is ever undone on a guess. So a buyer gets 202 with or without an acknowledgement.
 */
export class WinnerAnnouncements {
  readonly #nats: NatsLink;
  readonly #outbox: OutboxClearing;
  readonly #log: Logger;
  readonly #unacknowledged = new Unacknowledged<Winners>(
    (message) => this.#store(message),
    ({ winners }) => winners.length,
  );
  readonly #limit: number;
  /** JetStream did not answer the last message. Until it answers again, winners do not wait for it. */
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

  /** No room for another unacknowledged winner: refusing buyers is better than losing a win. */
  get isFull(): boolean {
    return this.#unacknowledged.size + this.#waiting >= this.#limit;
  }

  /** Winners whose answer waits for the acknowledgement. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Calls `answered` once the message is stored, or once it is clear that it must wait. */
  announce(message: Winners, answered: () => void): void {
    if (this.#silent || this.#nats.publisher === undefined) {
      this.#keep(message);
      answered();
      return;
    }
    this.#waiting += message.winners.length;
    this.#store(message).then((stored) => {
      this.#waiting -= message.winners.length;
      if (!stored) this.#keep(message);
      answered();
    });
  }

  /** Tries one last time before the gateway stops. The rest is left to the relay. */
  async close(): Promise<void> {
    this.#unacknowledged.stop();
    await this.#unacknowledged.retry();
    if (this.#unacknowledged.size > 0) {
      this.#log.warn(
        { winners: this.#unacknowledged.size },
        'stopping with unacknowledged winners: the outbox in Redis holds them, and the relay publishes them',
      );
    }
  }

  /** It goes with all others now: no worker may have given the stream the subjects of other lanes yet. */
  #keep({ priority: _, hot: __, ...message }: Winners): void {
    this.#unacknowledged.keep(message);
  }

  #store(message: Winners): Promise<boolean> {
    const publisher = this.#nats.publisher;
    if (publisher === undefined) return Promise.resolve(false);
    return send(publisher, stockReserved, message).then(
      () => {
        this.#outbox.add(message.itemId, message.winners);
        this.#note(true);
        return true;
      },
      (error: Error) => {
        this.#note(false, error);
        return false;
      },
    );
  }

  /** Logs once when JetStream stops answering, and once when it is back. */
  #note(answered: boolean, error?: Error): void {
    if (this.#silent !== answered) return;
    this.#silent = !answered;
    if (answered) this.#log.info('JetStream acknowledges winners again');
    else
      this.#log.warn(
        { reason: error?.message },
        'JetStream does not acknowledge winners: they are kept and published again until it does',
      );
  }
}
