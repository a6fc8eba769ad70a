import type { Logger } from 'pino';
import { type Contact, calls, MOST_CONTACTS, RepeatedTask } from 'seckill-core';
import type { NatsLink } from '../links/nats-link.ts';

const EVERY_MS = 500;
/** A million buyers may come while the workers are away. */
const MOST_USERS = 100_000;

/**
 * Sends the workers how users can be reached, as their access tokens say. While no worker answers, it keeps the newest 100 000; a token's next use on
 * another gateway sends it again.
 */
export class ContactCollection {
  readonly #waiting = new Map<string, Contact>();
  readonly #nats: Pick<NatsLink, 'ask'>;
  readonly #task: RepeatedTask;

  constructor(nats: Pick<NatsLink, 'ask'>, log: Logger) {
    this.#nats = nats;
    this.#task = new RepeatedTask({ name: 'keeping contacts', everyMs: EVERY_MS, run: () => this.#send(), log });
  }

  add(userId: string, contact: Contact): void {
    if (contact.email === undefined && contact.phone === undefined) return;
    this.#waiting.delete(userId);
    this.#waiting.set(userId, contact);
    const [oldest] = this.#waiting.size > MOST_USERS ? this.#waiting.keys() : [];
    if (oldest !== undefined) this.#waiting.delete(oldest);
  }

  start(): void {
    this.#task.start();
  }

  /** Sends what waits, if a worker answers. */
  async stop(): Promise<void> {
    await this.#task.stop();
    await this.#send().catch(() => undefined);
  }

  async #send(): Promise<void> {
    while (this.#waiting.size > 0) {
      const batch = [...this.#waiting].slice(0, MOST_CONTACTS);
      await this.#nats.ask(calls.keepContacts, { contacts: batch.map(([userId, contact]) => ({ userId, ...contact })) });
      // A newer one of the same user may have come since.
      for (const [userId, contact] of batch) if (this.#waiting.get(userId) === contact) this.#waiting.delete(userId);
    }
  }
}
