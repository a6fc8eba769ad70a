import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Problem } from 'seckill-core';
import { keyOfJwk, type VerificationKey } from './verification-key.ts';

export interface RemoteKeysOptions {
  /** Address of a JSON Web Key Set (RFC 7517). */
  url: string;
  log: Pick<Logger, 'info' | 'warn'>;
  /** For tests that cannot wait as long. */
  unknownKeyPauseMs?: number;
  retryMs?: number;
}

/** A key that the provider withdraws is refused after this time at most. */
const REFRESH_MS = 5 * 60_000;
const RETRY_MS = 2_000;
/** Tokens with an invented key id must not make us call the provider more often. */
const UNKNOWN_KEY_PAUSE_MS = 10_000;
const TIMEOUT_MS = 5_000;
const MOST_BYTES = 256 * 1_024;
const MOST_KEYS = 100;
const RETRY_AFTER_MS = 1_000;

type Keys = ReadonlyMap<string | undefined, readonly VerificationKey[]>;

/**
 * The keys that an identity provider publishes at JWT_JWKS_URL. They are read again every few minutes, and when a token names an unknown key:
 * so a provider may change its keys at any time. While the provider is away, the last keys stay in use.
 */
export class RemoteKeys {
  readonly #options: Required<RemoteKeysOptions>;
  readonly #listeners: (() => void)[] = [];
  readonly #stop = new AbortController();
  #keys: Keys | undefined;
  #text = '';
  #reading: Promise<void> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;
  #complained = false;

  constructor(options: RemoteKeysOptions) {
    this.#options = { unknownKeyPauseMs: UNKNOWN_KEY_PAUSE_MS, retryMs: RETRY_MS, ...options };
  }

  /** False until the provider has answered for the first time. */
  get loaded(): boolean {
    return this.#keys !== undefined;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    void this.#keepFresh();
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Returns the keys with this id, none if the provider has none. A token without an id is tried with a set's only key. */
  find(keyId: string | undefined): readonly VerificationKey[] | Promise<readonly VerificationKey[]> {
    const keys = this.#keys;
    if (keys === undefined) {
      throw new Problem('UNAVAILABLE', 'The keys of the identity provider are not loaded yet. Try again.', RETRY_AFTER_MS);
    }
    const known = keyId === undefined ? onlyKeyOf(keys) : keys.get(keyId);
    if (known !== undefined) return known;
    const isTooSoon = performance.now() - this.#readAt < this.#options.unknownKeyPauseMs;
    if (isTooSoon && this.#reading === undefined) return [];
    return this.#read().then(() => (keyId === undefined ? onlyKeyOf(this.#keys) : this.#keys?.get(keyId)) ?? []);
  }

  async #keepFresh(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#read();
      const pauseMs = this.#complained ? this.#options.retryMs : REFRESH_MS;
      await sleep(pauseMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Never rejects. Callers at the same time share one request. */
  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#readAt = performance.now();
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { url, log } = this.#options;
    try {
      const text = await textAt(url, AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#stop.signal]));
      if (text !== this.#text) {
        this.#keys = keysIn(text);
        this.#text = text;
        for (const listener of this.#listeners) listener();
        log.info({ keys: this.#keys.size }, 'the keys of the identity provider are loaded');
      }
      this.#complained = false;
    } catch (error) {
      if (this.#stop.signal.aborted || this.#complained) return;
      this.#complained = true;
      const reason = (error as Error).message;
      const until = this.loaded ? 'the last keys stay in use' : 'no user can sign in until it answers';
      log.warn({ url, reason }, `JWT_JWKS_URL has no usable keys: ${until}; retrying`);
    }
  }
}

function onlyKeyOf(keys: Keys | undefined): readonly VerificationKey[] | undefined {
  return keys?.size === 1 ? [...keys.values()][0] : undefined;
}

async function textAt(url: string, signal: AbortSignal): Promise<string> {
  // A redirect could lead away from https.
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`the answer has status ${response.status}`);
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > MOST_BYTES) throw new Error(`the answer has more than ${MOST_BYTES} bytes`);
  }
  return Buffer.concat(parts).toString();
}

function keysIn(text: string): Keys {
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('the answer is not a JSON Web Key Set');
  const found = new Map<string | undefined, VerificationKey[]>();
  for (const jwk of keys.slice(0, MOST_KEYS)) {
    const key = keyOfJwk(jwk ?? {});
    const id = typeof jwk?.kid === 'string' ? jwk.kid : undefined;
    if (key !== undefined) found.set(id, [...(found.get(id) ?? []), key]);
  }
  if (found.size === 0) throw new Error('it holds no RSA, P-256 or Ed25519 key for signatures');
  return found;
}
