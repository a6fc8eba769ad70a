import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';

/** Reads messages ahead of who takes them in batches: whatever has come is the next batch. What waits is bounded. */
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

  /** Up to `most` messages; none where none has come within `patienceMs`; undefined at the end. Throws what ended the reading. */
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

  /** Until the other side has done something. Only one side ever waits: there is room, or there is something to take. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
