import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';

/** A batch waits for more messages, because its transaction costs as much as dozens of events. */
const GATHER_MS = 20;

interface Room {
  messages: number;
  /** Of their data. The last message may exceed it. */
  bytes: number;
}

/** Reads messages ahead of a caller that takes them in batches. A batch is whatever has arrived. Stops reading while there is no room for more. */
export class ReadAhead {
  readonly #messages: ConsumerMessages;
  readonly #room: Room;
  #bytes = 0;
  #waiting: JsMsg[] = [];
  readonly #reading: Promise<void>;
  #over = false;
  #failure: unknown;
  #wake: () => void = () => {};

  constructor(messages: ConsumerMessages, room: Room) {
    this.#messages = messages;
    this.#room = room;
    this.#reading = this.#read()
      .catch((error: unknown) => {
        this.#failure = error;
      })
      .finally(() => {
        this.#over = true;
        this.#wake();
      });
  }

  /** Resolves to the messages that wait: none if none arrives within `patienceMs`, undefined at the end. Throws the error that ended the reading. */
  async take(patienceMs: number): Promise<JsMsg[] | undefined> {
    if (this.#waiting.length === 0 && !this.#over)
      await Promise.race([this.#turn(), sleep(patienceMs, undefined, { ref: false })]);
    if (this.#waiting.length > 0 && !this.#isFull && !this.#over) await sleep(GATHER_MS, undefined, { ref: false });
    const batch = this.#waiting;
    [this.#waiting, this.#bytes] = [[], 0];
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

  get #isFull(): boolean {
    return this.#waiting.length >= this.#room.messages || this.#bytes >= this.#room.bytes;
  }

  async #read(): Promise<void> {
    for await (const message of this.#messages) {
      this.#waiting.push(message);
      this.#bytes += message.data.length;
      this.#wake();
      while (this.#isFull && !this.#over) await this.#turn();
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
