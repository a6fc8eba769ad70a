import type { NatsConnection } from '@nats-io/transport-node';
import { type Log, listen, OPEN_PAGES_EVERY_MS, openPages, PAGES, pageOf, readPages } from 'seckill-core';

/** Longer than gateways wait between two announcements, of which two may be lost. */
const TURN_MS = 3 * OPEN_PAGES_EVERY_MS;

/**
 * The buyers whose pages are open on some gateway, as the gateways announce them. A page counts as open for one to two turns after its last
 * announcement. It takes 2 MiB a turn however many pages are open: one bit for each of 2^24 fingerprints, and nothing while no page is open.
 *
 * A worker that may have missed an announcement takes every page for open, until it has listened for a whole turn.
 */
export class OpenPages {
  #now: Uint8Array | undefined;
  #before: Uint8Array | undefined;
  #knows = false;
  #missed = false;
  #turnedAt = performance.now();

  /** Listens until `stop`. */
  start(nc: NatsConnection, log: Log): { stop(): void } {
    const subscription = listen(nc, openPages, (message) => readPages(message, (page) => this.open(page)), log);
    const timer = setInterval(() => this.turn(performance.now()), TURN_MS);
    timer.unref();
    void this.#watch(nc);
    return {
      stop: () => {
        clearInterval(timer);
        subscription.unsubscribe();
      },
    };
  }

  /** False only if no gateway has an open page of this buyer. */
  mayBeOpen(userId: string): boolean {
    if (!this.#knows) return true;
    if (this.#now === undefined && this.#before === undefined) return false;
    const page = pageOf(userId);
    return isSet(this.#now, page) || isSet(this.#before, page);
  }

  open(page: number): void {
    this.#now ??= new Uint8Array(PAGES / 8);
    this.#now[page >> 3] = (this.#now[page >> 3] ?? 0) | (1 << (page & 7));
  }

  /** Forgets the pages that were announced neither in this turn nor in the one before. `now` is monotonic, in ms. */
  turn(now: number): void {
    // If this process stood still, its messages of that time may still wait in the socket.
    this.#knows = !this.#missed && now - this.#turnedAt < 2 * TURN_MS;
    this.#missed = false;
    this.#turnedAt = now;
    this.#before = this.#now;
    this.#now = undefined;
  }

  /** Announcements may have been lost. */
  miss(): void {
    this.#knows = false;
    this.#missed = true;
  }

  async #watch(nc: NatsConnection): Promise<void> {
    for await (const { type } of nc.status()) if (type === 'disconnect' || type === 'reconnect') this.miss();
  }
}

function isSet(bits: Uint8Array | undefined, page: number): boolean {
  return bits !== undefined && ((bits[page >> 3] ?? 0) & (1 << (page & 7))) !== 0;
}
