import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from 'seckill-core';
import type { Books } from './books.ts';
import type { Mood } from './faults.ts';
import type { Protocol, SandboxEvent, SandboxNotification } from './protocol.ts';

/** The schedule of real providers: soon at first, then for about a day. */
const RETRY_MS = [200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000] as const;
const GIVE_UP_AFTER_MS = 24 * 60 * 60 * 1000;
const TIMEOUT_MS = 5_000;
/** Notifications in flight at once. */
const AT_ONCE = 32;
/** The longest that a reordered notification is held back. */
const REORDERED_MS = 1_000;

export interface NotifierParts {
  protocols: ReadonlyMap<string, Protocol>;
  books: Pick<Books, 'acknowledge' | 'isAcknowledged'>;
  mood: Pick<Mood, 'of'>;
  log: Log;
}

/** What was done to notifications. The shop must never take a forged one. */
export interface NotificationCounts {
  accepted: number;
  doubled: number;
  reordered: number;
  lost: number;
  forged: number;
  forgedAccepted: number;
}

/** The number of a notification in the books. */
const numberOf = ({ kind, payment, ...more }: SandboxEvent): string =>
  `${kind}:${'refund' in more ? more.refund.key : payment.key}`;

const draw = (rate = 0): boolean => rate > 0 && Math.random() < rate;

/** Delivers each notification at least once: repeats it until the shop has accepted it. Some are hurt on the way, as the faults in force say. */
export class Notifier {
  readonly counts: NotificationCounts = { accepted: 0, doubled: 0, reordered: 0, lost: 0, forged: 0, forgedAccepted: 0 };
  readonly #parts: NotifierParts;
  readonly #queue: SandboxEvent[] = [];
  readonly #stop = new AbortController();
  readonly #open = new Set<string>();
  #busy = 0;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
    // Every notification that waits or is in flight listens to it.
    setMaxListeners(0, this.#stop.signal);
  }

  /** Notifications that the shop has not accepted yet, also those that wait to be sent again. */
  get waiting(): number {
    return this.#open.size;
  }

  /** Does nothing for a notification that the shop has already, or that waits here already. */
  send(event: SandboxEvent): void {
    const { books, mood } = this.#parts;
    const number = numberOf(event);
    if (this.#open.has(number) || books.isAcknowledged(number)) return;
    const { delayMs = 0, lost, reordered } = mood.of(event.payment.protocol).notifications ?? {};
    if (draw(lost)) {
      this.counts.lost += 1;
      books.acknowledge(number);
      return;
    }
    this.#open.add(number);
    const isLater = draw(reordered);
    if (isLater) this.counts.reordered += 1;
    const pauseMs = delayMs + (isLater ? Math.random() * REORDERED_MS : 0);
    if (pauseMs === 0) this.#enqueue(event);
    else void this.#pause(pauseMs).then(() => this.#enqueue(event));
  }

  stop(): void {
    this.#stop.abort();
  }

  #enqueue(event: SandboxEvent): void {
    this.#queue.push(event);
    if (this.#busy < AT_ONCE) void this.#work();
  }

  #pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#stop.signal, ref: false }).catch(() => undefined);
  }

  async #work(): Promise<void> {
    this.#busy += 1;
    for (let event = this.#queue.shift(); event !== undefined && !this.#stop.signal.aborted; event = this.#queue.shift()) {
      if (!(await this.#attempt(event))) void this.#later(event);
    }
    this.#busy -= 1;
  }

  /** A refused notification waits outside the queue, so that it holds up no others. */
  async #later(event: SandboxEvent): Promise<void> {
    const { log } = this.#parts;
    const number = numberOf(event);
    log.warn({ notification: number }, 'the shop refused the notification; retrying');
    const began = Date.now();
    for (let tries = 0; Date.now() - began < GIVE_UP_AFTER_MS; tries += 1) {
      await this.#pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? RETRY_MS[0]);
      if (this.#stop.signal.aborted || (await this.#attempt(event))) return;
    }
    this.#open.delete(number);
    log.error({ notification: number }, 'the shop refused the notification for a day; giving up');
  }

  /** Resolves with true if the shop has the notification. */
  async #attempt(event: SandboxEvent): Promise<boolean> {
    const { books, mood, protocols } = this.#parts;
    const protocol = protocols.get(event.payment.protocol);
    const notification = protocol?.notificationOf(event);
    const number = numberOf(event);
    if (protocol === undefined || notification === undefined) return this.#open.delete(number);
    const { forged, doubled } = mood.of(protocol.name).notifications ?? {};
    if (draw(forged)) await this.#forge(protocol, notification);
    if (!(await this.#post(protocol, notification))) return false;
    this.counts.accepted += 1;
    this.#open.delete(number);
    books.acknowledge(number);
    if (draw(doubled)) {
      this.counts.doubled += 1;
      await this.#post(protocol, protocol.notificationOf(event) ?? notification);
    }
    return true;
  }

  async #forge(protocol: Protocol, notification: SandboxNotification): Promise<void> {
    this.counts.forged += 1;
    if (!(await this.#post(protocol, protocol.forge(notification)))) return;
    this.counts.forgedAccepted += 1;
    this.#parts.log.error({ protocol: protocol.name }, 'the shop accepted a forged notification');
  }

  /** Resolves with false if the shop refused, or did not answer. */
  async #post(protocol: Protocol, { url, headers, body }: SandboxNotification): Promise<boolean> {
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]);
      const response = await fetch(url, { method: 'POST', headers, body, signal });
      return protocol.isAccepted({ status: response.status, body: await response.text() });
    } catch {
      return false;
    }
  }
}
