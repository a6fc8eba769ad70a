import { hash } from 'node:crypto';
import { TwoGenerations } from '../catalogue/two-generations.ts';
import type { UserToken } from './user-token.ts';

/** Two generations of this many tokens: about 6 MB if both are full. */
const GENERATION = 20_000;

/**
 * Remembers tokens whose signature was right. Verifying Ed25519 costs as much as four sold-out answers, and every buyer sends the same token
 * many times. Tokens that are not valid are never remembered: they must not push out those that are.
 */
export class VerifiedTokens {
  readonly #tokens: TwoGenerations<UserToken>;

  constructor(generation = GENERATION) {
    this.#tokens = new TwoGenerations(generation);
  }

  /** The hash that stands for a token: it is shorter, and no secret. */
  keyOf(token: string): string {
    return hash('sha256', token, 'base64');
  }

  get(key: string): UserToken | undefined {
    return this.#tokens.get(key);
  }

  remember(key: string, value: UserToken): void {
    this.#tokens.set(key, value);
  }

  /** The keys have changed: a key that was withdrawn vouches for no token any more. */
  forget(): void {
    this.#tokens.clear();
  }
}
