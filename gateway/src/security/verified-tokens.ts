import { hash } from 'node:crypto';
import type { UserToken } from './user-token.ts';

/** Two generations of this many tokens: about 6 MB if both are full. */
const GENERATION = 20_000;

/**
 * Remembers tokens whose signature was right. Verifying Ed25519 costs as much as four sold-out answers, and every buyer sends the same token
 * many times. Tokens that are not valid are never remembered: they must not push out those that are.
 */
export class VerifiedTokens {
  readonly #generation: number;
  #young = new Map<string, UserToken>();
  #old = new Map<string, UserToken>();

  constructor(generation = GENERATION) {
    this.#generation = generation;
  }

  /** The hash stands for the token: it is shorter, and no secret. */
  get(token: string): UserToken | undefined {
    const key = keyOf(token);
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.#keep(key, old);
    return old;
  }

  remember(token: string, value: UserToken): void {
    this.#keep(keyOf(token), value);
  }

  /** The keys have changed: a key that was withdrawn vouches for no token any more. */
  forget(): void {
    this.#young = new Map();
    this.#old = new Map();
  }

  #keep(key: string, value: UserToken): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }
}

const keyOf = (token: string): string => hash('sha256', token, 'base64');
