/** Winners, about 400 bytes each. Past it, no buyer wins on this gateway until JetStream is back. */
export const UNACKNOWLEDGED_LIMIT = 50_000;
const EVERY_MS = 250;
/** Messages. */
const PORTION = 100;

/**
 * Messages that JetStream has not acknowledged. Redis holds the same facts (winners are in the outbox); this copy covers a Redis that loses its data
 * while NATS is down. Each message is published again under the same id, in order, until acknowledged.
 */
export class Unacknowledged<Message> {
  readonly #messages = new Set<Message>();
  readonly #publish: (message: Message) => Promise<boolean>;
  readonly #sizeOf: (message: Message) => number;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  #busy: Promise<void> | undefined;

  /** `publish` resolves to true if the message was stored. `sizeOf` says how much a message counts. */
  constructor(publish: (message: Message) => Promise<boolean>, sizeOf: (message: Message) => number) {
    this.#publish = publish;
    this.#sizeOf = sizeOf;
  }

  /** The size of all messages that are kept. */
  get size(): number {
    return this.#size;
  }

  start(): void {
    this.#timer = setInterval(() => void this.retry(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  keep(message: Message): void {
    this.#messages.add(message);
    this.#size += this.#sizeOf(message);
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

  #drop(message: Message): void {
    this.#messages.delete(message);
    this.#size -= this.#sizeOf(message);
  }

  #oldest(): Message[] {
    const messages: Message[] = [];
    for (const message of this.#messages) {
      if (messages.push(message) === PORTION) break;
    }
    return messages;
  }
}
