import { type RoomEvent, roomEvent, send } from 'seckill-core';
import { Unacknowledged } from '../admission/unacknowledged.ts';
import type { NatsLink } from '../links/nats-link.ts';

/** Messages that may wait for JetStream. Past it, the oldest facts of a room are left to its rebuild. */
const KEPT_LIMIT = 20_000;

/** Writes what happens in waiting rooms to their stream, from which a room is rebuilt. */
export class RoomJournal {
  readonly #nats: NatsLink;
  readonly #kept = new Unacknowledged<RoomEvent>(
    (event) => this.write(event),
    () => 1,
  );

  constructor(nats: NatsLink) {
    this.#nats = nats;
    nats.onConnected(() => void this.#kept.retry());
  }

  start(): void {
    this.#kept.start();
  }

  /** Tries one last time what is kept. */
  async close(): Promise<void> {
    this.#kept.stop();
    await this.#kept.retry();
  }

  /** False while NATS is known to be down. */
  get isUp(): boolean {
    return this.#nats.publisher !== undefined;
  }

  /** Resolves to whether the stream has the message. */
  write(event: RoomEvent): Promise<boolean> {
    const { publisher } = this.#nats;
    if (publisher === undefined) return Promise.resolve(false);
    return send(publisher, roomEvent, event).then(
      () => true,
      () => false,
    );
  }

  /** Writes a message that no one waits for, as often as it takes. */
  keep(event: RoomEvent): void {
    void this.write(event).then((stored) => {
      if (!stored && this.#kept.size < KEPT_LIMIT) this.#kept.keep(event);
    });
  }
}
