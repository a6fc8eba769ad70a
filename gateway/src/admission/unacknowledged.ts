import type { Winners } from 'seckill-core';

/** Winners, about 400 bytes each. Past it, no buyer wins on this gateway until JetStream is back. */
export const UNACKNOWLEDGED_LIMIT = 50_000;
const EVERY_MS = 250;
/** Messages. */
const PORTION = 100;

/**
 * Winners whose message JetStream has not acknowledged. The outbox in Redis holds them too; this copy covers a Redis that loses its
 * data while NATS is down. Each message is published again under the same id, in order, until acknowledged.
 */
export class Unacknowledged {
  readonly #messages = new Set<Winners>();
  readonly #publish: (message: Winners) => Promise<boolean>;
  #winners = 0;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;

  /** `publish` resolves to true if the message was stored. */
  constructor(publish: (message: Winners) => Promise<boolean>) {
    this.#publish = publish;
  }

  /** Winners that are kept. */
  get size(): number {
    return this.#winners;
  }

  start(): void {
    this.#timer = setInterval(() => void this.retry(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  keep(message: Winners): void {
    this.#messages.add(message);
    this.#winners += message.winners.length;
  }

  /** Publishes the kept messages portion by portion, and stops after a portion without any acknowledgement. */
  retry(): Promise<void> {
    if (this.#messages.size === 0) return Promise.resolve();
    this.#busy ??= this.#retry().finally(() => {
      this.#busy = undefined;
    });
    return this.#busy;
  }

  async #retry(): Promise<void> {
    while (this.#messages.size > 0) {
      const portion = this.#oldest();
      const stored = await Promise.all(portion.map(this.#publish));
      for (const [i, message] of portion.entries()) if (stored[i]) this.#drop(message);
      if (!stored.includes(true)) return;
    }
  }

  #drop(message: Winners): void {
    this.#messages.delete(message);
    this.#winners -= message.winners.length;
  }

  #oldest(): Winners[] {
    const messages: Winners[] = [];
    for (const message of this.#messages) {
      if (messages.push(message) === PORTION) break;
    }
    return messages;
  }
}
