import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  broadcast,
  type Log,
  listen,
  OPEN_PAGES_ANSWER_MS,
  OPEN_PAGES_EVERY_MS,
  openPages,
  openPagesWanted,
  PAGES,
  pageOf,
  readPages,
} from 'seckill-core';

/** Longer than gateways wait between two announcements, of which two may be lost. */
const TURN_MS = 3 * OPEN_PAGES_EVERY_MS;
/** By then every gateway that isn't stalled has answered. */
const ANSWERED_MS = 5 * OPEN_PAGES_ANSWER_MS;

/**
 * The buyers whose pages are open on some gateway, as the gateways announce them. A page counts as open for one to two turns after its last
 * announcement. It takes 2 MiB a turn however many pages are open: one bit for each of 2^24 fingerprints, and nothing while no page is open.
 *
 * A worker that may have missed an announcement asks the gateways, and takes every page for open until they have answered.
 */
export class OpenPages {
  #now: Uint8Array | undefined;
  #before: Uint8Array | undefined;
  /** The last reason to take every page for open. */
  #doubt: object | undefined = {};
  #turnedAt = performance.now();
  #stopped = false;

  /** Listens until `stop`. */
  start(nc: NatsConnection, log: Log): { stop(): void } {
    const subscription = listen(nc, openPages, (message) => readPages(message, (page) => this.open(page)), log);
    const timer = setInterval(() => {
      if (!this.turn(performance.now())) void this.#ask(nc);
    }, TURN_MS);
    timer.unref();
    void this.#ask(nc);
    void this.#watch(nc);
    return {
      stop: () => {
        this.#stopped = true;
        clearInterval(timer);
        subscription.unsubscribe();
      },
    };
  }

  /** False only if no gateway has an open page of this buyer. */
  mayBeOpen(userId: string): boolean {
    if (this.#doubt !== undefined) return true;
    if (this.#now === undefined && this.#before === undefined) return false;
    const page = pageOf(userId);
    return isSet(this.#now, page) || isSet(this.#before, page);
  }

  open(page: number): void {
    this.#now ??= new Uint8Array(PAGES / 8);
    this.#now[page >> 3] = (this.#now[page >> 3] ?? 0) | (1 << (page & 7));
  }

  /**
   * Forgets the pages that were announced neither in this turn nor in the one before. `now` is monotonic, in ms. Returns false if this process
   * stood still: its messages of that time may still wait in the socket.
   */
  turn(now: number): boolean {
    const inTime = now - this.#turnedAt < 2 * TURN_MS;
    if (!inTime) this.doubt();
    this.#turnedAt = now;
    this.#before = this.#now;
    this.#now = undefined;
    return inTime;
  }

  /** Announcements may have been lost: takes every page for open, until `trust` is called with the result. */
  doubt(): object {
    this.#doubt = {};
    return this.#doubt;
  }

  /** The gateways have announced their pages again, unless there is a newer doubt. */
  trust(doubt: object): void {
    if (this.#doubt === doubt) this.#doubt = undefined;
  }

  async #ask(nc: NatsConnection): Promise<void> {
    const doubt = this.doubt();
    try {
      broadcast(nc, openPagesWanted, {});
      await sleep(ANSWERED_MS, undefined, { ref: false });
      // The announcements of this time arrive before the server's answer, even if this process stood still.
      await nc.flush();
      this.trust(doubt);
    } catch {
      // The connection is lost: after the next connect it asks again.
    }
  }

  async #watch(nc: NatsConnection): Promise<void> {
    for await (const { type } of nc.status()) {
      if (this.#stopped) return;
      if (type === 'disconnect') this.doubt();
      else if (type === 'reconnect') void this.#ask(nc);
    }
  }
}

function isSet(bits: Uint8Array | undefined, page: number): boolean {
  return bits !== undefined && ((bits[page >> 3] ?? 0) & (1 << (page & 7))) !== 0;
}
