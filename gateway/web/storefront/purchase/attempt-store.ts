import type { PurchaseToken } from '../../shared/api/contract.ts';
import { readShared, writeShared } from './shared-text.ts';

/** What must survive a reload: with the same token, a request may be sent again and still wins once. */
export interface Attempt {
  token?: PurchaseToken;
  quantity: number;
  /** The buyer has pressed the button and still wants the item. */
  wanted: boolean;
  /** A request was sent with the token. Its answer may never have arrived. */
  sent: boolean;
  /** Of the token's challenge. */
  solution?: string | undefined;
  /** The gateway has said RESERVED. */
  won: boolean;
}

export const NO_ATTEMPT: Attempt = { quantity: 1, wanted: false, sent: false, won: false };

/** One user's attempt at one item. All tabs of a browser share it, so one press never uses two tokens. */
export class AttemptStore {
  readonly #key: string;
  readonly #storage: Storage;

  /** The sale is part of the key because item ids start again in every new database. */
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

  /** If the storage is full or forbidden, only a reload loses the attempt; the purchase goes on. */
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

  /** Calls `changed` when another tab has changed the attempt. Returns a function that stops it. */
  onOtherTab(changed: () => void): () => void {
    const listen = (event: StorageEvent) => {
      if (event.key === this.#key) changed();
    };
    addEventListener('storage', listen);
    return () => removeEventListener('storage', listen);
  }

  /** Runs `work` in one tab at a time if the browser has locks (only on https and localhost). Each tab starts from the state the last one left. */
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

  /** Copies another tab's attempt, which this tab's storage may not show yet. */
  async #takeOver(): Promise<void> {
    try {
      const left = await readShared(this.#key);
      if (left !== undefined && this.read().token === undefined) this.#storage.setItem(this.#key, left);
    } catch {}
  }
}
