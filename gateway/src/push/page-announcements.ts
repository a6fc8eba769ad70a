import { announcementsOf, OPEN_PAGES_ANSWER_MS, OPEN_PAGES_EVERY_MS, openPages, openPagesWanted } from 'seckill-core';
import type { NatsLink } from '../links/nats-link.ts';

/**
 * Tells workers which buyers have a page open here: new ones together in each turn of the event loop, and all of them every few seconds, and if
 * a worker asks.
 */
export class PageAnnouncements {
  readonly #nats: NatsLink;
  readonly #all: () => number[];
  #fresh: number[] = [];
  #announcing: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #answer: NodeJS.Timeout | undefined;
  readonly #unlisten: () => void;

  /** `all` returns the pages that are open now. */
  constructor(nats: NatsLink, all: () => number[]) {
    this.#nats = nats;
    this.#all = all;
    this.#unlisten = nats.listen(openPagesWanted, () => {
      this.#answer ??= setTimeout(() => this.#answerAll(), OPEN_PAGES_ANSWER_MS).unref();
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.announceAll(), OPEN_PAGES_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#answer);
    this.#unlisten();
  }

  announceAll(): void {
    this.#send(this.#all());
  }

  /** Resolves once NATS has this announcement, and all subscriptions made before. The workers may receive it later. */
  announce(page: number): Promise<void> {
    this.#fresh.push(page);
    this.#announcing ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      this.#announcing = undefined;
      this.#send(this.#fresh);
      this.#fresh = [];
      // The server answers in order.
      return this.#nats.connected ? this.#nats.connection?.flush().catch(() => undefined) : undefined;
    });
    return this.#announcing;
  }

  #answerAll(): void {
    this.#answer = undefined;
    this.announceAll();
  }

  #send(pages: readonly number[]): void {
    for (const message of announcementsOf(pages)) this.#nats.broadcast(openPages, message);
  }
}
