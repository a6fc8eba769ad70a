import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { listen, type ReservationChanged, reservationChanged } from 'seckill-core';
import type { NatsLink } from '../links/nats-link.ts';

export interface BuyerListener {
  changed(change: ReservationChanged): void;
  /** The connection to NATS was lost and is back: changes may have been missed. */
  missed(): void;
}

interface Channel {
  listeners: Set<BuyerListener>;
  subscription?: Subscription;
  connection?: NatsConnection;
}

/** Pushes to buyers whose page is open on this gateway: one NATS subscription per buyer, however many tabs are open. */
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

  /** Once it resolves, no change is missed while NATS is up. Resolves to the function that stops listening. */
  async listen(userId: string, listener: BuyerListener): Promise<() => void> {
    const channel = this.#channels.get(userId) ?? { listeners: new Set() };
    this.#channels.set(userId, channel);
    channel.listeners.add(listener);
    const isNew = this.#subscribe(userId, channel);
    // The server answers in order, so a completed flush means that the subscription is in place.
    if (isNew && this.#nats.connected) await channel.connection?.flush().catch(() => undefined);
    return () => {
      channel.listeners.delete(listener);
      if (channel.listeners.size > 0) return;
      channel.subscription?.unsubscribe();
      if (this.#channels.get(userId) === channel) this.#channels.delete(userId);
    };
  }

  /** Returns true if it made a new subscription. Without a connection it waits for the next `#renew`. */
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
