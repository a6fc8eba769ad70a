/** The id of one user's ticket for one sale. All tabs of a browser share it, so that a reload and another tab show the same place. */
export class TicketStore {
  readonly #key: string;
  readonly #storage: Storage;

  constructor(userId: string, saleId: string, storage: Storage = localStorage) {
    this.#key = `seckill.ticket.${userId}.${saleId}`;
    this.#storage = storage;
  }

  read(): string | undefined {
    try {
      return this.#storage.getItem(this.#key) ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** Without a storage, the buyer presses once more after a reload, and gets the same ticket. */
  write(ticketId: string | undefined): void {
    try {
      if (ticketId === undefined) this.#storage.removeItem(this.#key);
      else this.#storage.setItem(this.#key, ticketId);
    } catch {}
  }

  /** Calls `changed` when another tab has taken a ticket. Returns a function that stops it. */
  onOtherTab(changed: () => void): () => void {
    const listen = (event: StorageEvent) => {
      if (event.key === this.#key) changed();
    };
    addEventListener('storage', listen);
    return () => removeEventListener('storage', listen);
  }
}
