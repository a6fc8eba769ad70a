import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { listen, type ReservationChanged, reservationChanged } from 'seckill-core';
import type { NatsLink } from '../links/nats-link.ts';

export interface BuyerListener {
  changed(change: ReservationChanged): void;
  /** NATS was away and is back: changes may have been missed. */
  missed(): void;
}

interface Channel {
  listeners: Set<BuyerListener>;
  subscription?: Subscription;
  connection?: NatsConnection;
}

/** Pushes to buyers whose page is open here: one subscription for a buyer, whatever the number of tabs, and none for anybody else. */
export class BuyerChannels {
  readonly #nats: NatsLink;
  readonly #channels = new Map<string, Channel>();

  constructor(nats: NatsLink) {
    this.#nats = nats;
    nats.onConnected(() => this.#renew());
  }

  /** Buyers with a subscription. */
  get size(): number {
    return this.#channels.size;
  }

  countOf(userId: string): number {
    return this.#channels.get(userId)?.listeners.size ?? 0;
  }

  /** From when it resolves on, no change is missed while NATS is there. Returns the function that ends it. */
  async listen(userId: string, listener: BuyerListener): Promise<() => void> {
    const channel = this.#channels.get(userId) ?? { listeners: new Set() };
    this.#channels.set(userId, channel);
    channel.listeners.add(listener);
    const isNew = this.#subscribe(userId, channel);
    // The server has taken the subscription when it answers what was sent after it.
    if (isNew && this.#nats.connected) await channel.connection?.flush().catch(() => undefined);
    return () => {
      channel.listeners.delete(listener);
      if (channel.listeners.size > 0) return;
      channel.subscription?.unsubscribe();
      if (this.#channels.get(userId) === channel) this.#channels.delete(userId);
    };
  }

  /** True where a new subscription was made. Without a connection there is none, until there is one. */
  #subscribe(userId: string, channel: Channel): boolean {
    const { connection } = this.#nats;
    if (connection === undefined || channel.connection === connection) return false;
    channel.connection = connection;
    // An unreadable change is dropped: the page reads the state now and then anyway.
    channel.subscription = listen(connection, reservationChanged.to(userId), (change) => {
      for (const listener of channel.listeners) listener.changed(change);
    });
    return true;
  }

  #renew(): void {
    for (const [userId, channel] of this.#channels) {
      this.#subscribe(userId, channel);
      for (const listener of channel.listeners) listener.missed();
    }
  }
}
