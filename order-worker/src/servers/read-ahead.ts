import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';

/** Reads messages ahead of a caller that takes them in batches. A batch is whatever has arrived; at most `limit` messages wait. */
export class ReadAhead {
  readonly #messages: ConsumerMessages;
  readonly #limit: number;
  readonly #waiting: JsMsg[] = [];
  readonly #reading: Promise<void>;
  #over = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(messages: ConsumerMessages, limit: number) {
    this.#messages = messages;
    this.#limit = limit;
    this.#reading = this.#read()
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#over = true;
        this.#wake();
      });
  }

  /** Resolves to up to `most` messages: none if none arrives within `patienceMs`, undefined at the end. Throws the error that ended the reading. */
  async take(most: number, patienceMs: number): Promise<JsMsg[] | undefined> {
    if (this.#waiting.length === 0 && !this.#over)
      await Promise.race([this.#turn(), sleep(patienceMs, undefined, { ref: false })]);
    const batch = this.#waiting.splice(0, most);
    this.#wake();
    if (batch.length > 0 || !this.#over) return batch;
    if (this.#failure !== undefined) throw this.#failure;
    return undefined;
  }

  async stop(): Promise<void> {
    this.#over = true;
    this.#messages.stop();
    this.#wake();
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const message of this.#messages) {
      this.#waiting.push(message);
      this.#wake();
      while (this.#waiting.length >= this.#limit && !this.#over) await this.#turn();
      if (this.#over) return;
    }
  }

  /** Resolves when the other side has acted. Only one side ever waits: there is either room, or something to take. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
