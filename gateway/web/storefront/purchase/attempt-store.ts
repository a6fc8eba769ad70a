import type { PurchaseToken } from '../../shared/api/contract.ts';
import { readShared, writeShared } from './shared-text.ts';

/** What must outlive a reload: with the same token a request may be sent again and still wins once. */
export interface Attempt {
  token?: PurchaseToken;
  quantity: number;
  /** The buyer has pressed, and wants it still. */
  wish: boolean;
  /** A request went out under the token whose answer may never have come. */
  sent: boolean;
  /** The gateway has said RESERVED. */
  won: boolean;
}

export const NO_ATTEMPT: Attempt = { quantity: 1, wish: false, sent: false, won: false };

/** One user's attempt at one item; all tabs of a browser share it, and so never hold two tokens for one wish. */
export class AttemptStore {
  readonly #key: string;
  readonly #storage: Storage;

  /** The sale is part of the key: item numbers start again with every new database. */
  constructor(userId: string, saleId: string, itemId: string, storage: Storage = localStorage) {
    this.#key = `seckill.attempt.${userId}.${saleId}.${itemId}`;
    this.#storage = storage;
  }

  read(): Attempt {
    try {
      const text = this.#storage.getItem(this.#key);
      return text === null ? NO_ATTEMPT : { ...NO_ATTEMPT, ...(JSON.parse(text) as Attempt) };
    } catch {
      return NO_ATTEMPT;
    }
  }

  /** A full or forbidden storage costs the reload, not the purchase. */
  write(attempt: Attempt): void {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(attempt));
    } catch {}
  }

  clear(): void {
    try {
      this.#storage.removeItem(this.#key);
    } catch {}
    void writeShared(this.#key, undefined).catch(() => {});
  }

  /** Calls back when another tab has changed the attempt. Returns the function that ends it. */
  onOtherTab(changed: () => void): () => void {
    const listen = (event: StorageEvent) => {
      if (event.key === this.#key) changed();
    };
    addEventListener('storage', listen);
    return () => removeEventListener('storage', listen);
  }

  /** One tab at a time, where the browser has locks (it has them on https and localhost): each begins with what the one before has left. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const { locks } = navigator;
    if (locks === undefined) return work();
    return locks.request(this.#key, async () => {
      await this.#takeOver();
      try {
        return await work();
      } finally {
        await writeShared(this.#key, this.#storage.getItem(this.#key) ?? undefined).catch(() => {});
      }
    });
  }

  /** Another tab's attempt, which this tab's storage may not show yet. */
  async #takeOver(): Promise<void> {
    try {
      const left = await readShared(this.#key);
      if (left !== undefined && this.read().token === undefined) this.#storage.setItem(this.#key, left);
    } catch {}
  }
}
