import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { listen, pageOf, type ReservationChanged, reservationChanged } from 'seckill-core';
import type { NatsLink } from '../links/nats-link.ts';
import { PageAnnouncements } from './page-announcements.ts';

export interface BuyerListener {
  changed(change: ReservationChanged): void;
  /** Changes may have been missed. */
  missed(): void;
}

interface Channel {
  listeners: Set<BuyerListener>;
  page: number;
  subscription?: Subscription;
  connection?: NatsConnection;
}

/** By then every worker that isn't stalled has received an announcement, so it pushes all later changes. */
const ANNOUNCED_MS = 500;
/** Each page is read again in this time, in case a push was lost all the same. */
const READ_AGAIN_MS = 15_000;

/**
 * Pushes to buyers whose page is open on this gateway: one NATS subscription per buyer, however many tabs are open. Workers push only to pages
 * that were announced to them.
 */
export class BuyerChannels {
  readonly #nats: NatsLink;
  readonly #channels = new Map<string, Channel>();
  readonly #announcements: PageAnnouncements;
  /** Listeners of the present and of the last {@link ANNOUNCED_MS}: a change may have overtaken their announcement. */
  #young = new Set<BuyerListener>();
  #youngBefore = new Set<BuyerListener>();
  #readingAgain: IterableIterator<Channel>;
  /** Pages that have to be read again now. */
  #due = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(nats: NatsLink) {
    this.#nats = nats;
    this.#announcements = new PageAnnouncements(nats, () => Array.from(this.#channels.values(), ({ page }) => page));
    this.#readingAgain = this.#channels.values();
    nats.onConnected(() => this.#renew());
  }

  start(): void {
    this.#announcements.start();
    this.#timer = setInterval(() => this.#readAgain(), ANNOUNCED_MS);
    this.#timer.unref();
  }

  stop(): void {
    this.#announcements.stop();
    clearInterval(this.#timer);
  }

  /** Buyers with a subscription. */
  get size(): number {
    return this.#channels.size;
  }

  countOf(userId: string): number {
    return this.#channels.get(userId)?.listeners.size ?? 0;
  }

  /**
   * Once it resolves, the workers are about to push changes to the listener. It hears of those that overtake the announcement, or are lost,
   * by `missed`. Resolves to the function that stops listening.
   */
  async listen(userId: string, listener: BuyerListener): Promise<() => void> {
    const channel = this.#channels.get(userId) ?? { listeners: new Set(), page: pageOf(userId) };
    this.#channels.set(userId, channel);
    channel.listeners.add(listener);
    this.#young.add(listener);
    this.#subscribe(userId, channel);
    await this.#announcements.announce(channel.page);
    return () => {
      channel.listeners.delete(listener);
      this.#young.delete(listener);
      this.#youngBefore.delete(listener);
      if (channel.listeners.size > 0) return;
      channel.subscription?.unsubscribe();
      if (this.#channels.get(userId) === channel) this.#channels.delete(userId);
    };
  }

  /** Without a connection it waits for the next `#renew`. */
  #subscribe(userId: string, channel: Channel): void {
    const { connection } = this.#nats;
    if (connection === undefined || channel.connection === connection) return;
    channel.connection = connection;
    // An unreadable change is dropped: the page reads the state now and then anyway.
    channel.subscription = listen(connection, reservationChanged.to(userId), (change) => {
      for (const listener of channel.listeners) listener.changed(change);
    });
  }

  #renew(): void {
    for (const [userId, channel] of this.#channels) {
      this.#subscribe(userId, channel);
      for (const listener of channel.listeners) {
        this.#young.add(listener);
        listener.missed();
      }
    }
    this.#announcements.announceAll();
  }

  /** Reads the young pages, and the next few of all, so that each has its turn in {@link READ_AGAIN_MS}. */
  #readAgain(): void {
    for (const listener of this.#youngBefore) listener.missed();
    this.#youngBefore = this.#young;
    this.#young = new Set();
    this.#due += (this.#channels.size * ANNOUNCED_MS) / READ_AGAIN_MS;
    for (; this.#due >= 1; this.#due -= 1) {
      for (const listener of this.#nextChannel()?.listeners ?? []) listener.missed();
    }
  }

  /** One after another, and then from the start. */
  #nextChannel(): Channel | undefined {
    const next = this.#readingAgain.next();
    if (!next.done) return next.value;
    this.#readingAgain = this.#channels.values();
    return this.#readingAgain.next().value;
  }
}
