import { createSigner } from 'fast-jwt';
import { type Contact, Problem } from 'seckill-core';
import type { RemoteKeys } from './remote-keys.ts';
import { UserRates } from './user-rates.ts';
import { checkTime, contactOf, type ExpectedClaims, readClaims, refused, type UserToken } from './user-token.ts';
import { keyOfPem, keyOfSecret, type VerificationKey } from './verification-key.ts';
import { VerifiedTokens } from './verified-tokens.ts';

const BEARER = /^Bearer +([^ ]+) *$/i;
const DEV_TOKEN_MS = 24 * 60 * 60 * 1_000;

export interface AccessTokenKeys extends ExpectedClaims {
  jwtSecret: string;
  /** Tokens that were signed with it are still accepted. */
  jwtSecretPrevious?: string | undefined;
  /** PEM. If set, JWT_SECRET is not in use. */
  jwtPublicKey?: string | undefined;
  jwtPublicKeyPrevious?: string | undefined;
  /** The keys that an identity provider publishes. If set, no other key is in use. */
  remoteKeys?: RemoteKeys | undefined;
  /** Receives how users can be reached, each time that a token is verified: once for each token that is remembered. */
  onContact?: ((userId: string, contact: Contact) => void) | undefined;
}

/**
 * Verifies the access tokens of users. The key fixes the algorithm. The token's header only selects among our keys, so a token signed
 * with a public key as an HMAC secret, or with "none", is refused.
 */
export class AccessTokens {
  readonly #keys: readonly VerificationKey[];
  readonly #remoteKeys: RemoteKeys | undefined;
  readonly #expected: ExpectedClaims;
  readonly #secret: string;
  readonly #onContact: AccessTokenKeys['onContact'];
  readonly #verified = new VerifiedTokens();
  readonly #rates = new UserRates();

  /** Throws if a public key cannot be used. */
  constructor(keys: AccessTokenKeys) {
    const { jwtSecret, jwtSecretPrevious, jwtPublicKey, jwtPublicKeyPrevious, remoteKeys, onContact } = keys;
    this.#secret = jwtSecret;
    this.#onContact = onContact;
    this.#expected = keys;
    this.#remoteKeys = remoteKeys;
    if (remoteKeys !== undefined) this.#keys = [];
    else if (jwtPublicKey !== undefined) this.#keys = present(jwtPublicKey, jwtPublicKeyPrevious).map(keyOfPem);
    else this.#keys = present(jwtSecret, jwtSecretPrevious).map(keyOfSecret);
    remoteKeys?.onChange(() => this.#verified.forget());
  }

  /**
   * Returns the user id of an `Authorization` header. A promise only if the token names a key that the identity provider has to be asked for.
   * Throws or rejects with UNAUTHENTICATED and the reason, with RATE_LIMITED if this user sends too much, or with UNAVAILABLE if the provider's keys are not known yet.
   */
  userOf(authorization: string | undefined): string | Promise<string> {
    const token = this.read(authorization);
    return token instanceof Promise ? token.then(({ userId }) => userId) : token.userId;
  }

  /** Returns what the token of an `Authorization` header says of its user. Otherwise as {@link userOf}. */
  read(authorization: string | undefined): UserToken | Promise<UserToken> {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new Problem('UNAUTHENTICATED');
    const key = this.#verified.keyOf(token);
    const known = this.#verified.get(key);
    if (known !== undefined) {
      checkTime(known, Date.now() / 1_000);
      this.#rates.count(known.userId, performance.now());
      return known;
    }
    if (this.#remoteKeys === undefined) return this.#verify(token, key, this.#keys);
    const found = this.#remoteKeys.find(keyIdOf(token));
    return found instanceof Promise ? found.then((keys) => this.#verify(token, key, keys)) : this.#verify(token, key, found);
  }

  /** As {@link read}, but returns undefined for a token that {@link read} refuses or has to wait for. */
  readNow(authorization: string | undefined): UserToken | undefined {
    try {
      const token = this.read(authorization);
      return token instanceof Promise ? undefined : token;
    } catch {
      return undefined;
    }
  }

  /** Signs a token for any user id. For development only. */
  issue(userId: string): string {
    return createSigner({ key: this.#secret, algorithm: 'HS256', expiresIn: DEV_TOKEN_MS })({ sub: userId });
  }

  #verify(token: string, key: string, keys: readonly VerificationKey[]): UserToken {
    const payload = payloadOf(token, keys);
    const claims = readClaims(payload, this.#expected);
    checkTime(claims, Date.now() / 1_000);
    this.#verified.remember(key, claims);
    this.#onContact?.(claims.userId, contactOf(payload));
    this.#rates.count(claims.userId, performance.now());
    return claims;
  }
}

const present = (...keys: (string | undefined)[]): string[] => keys.filter((key) => key !== undefined);

function payloadOf(token: string, keys: readonly VerificationKey[]): unknown {
  for (const key of keys) {
    try {
      return key.verify(token);
    } catch {
      // Another key, or not a token.
    }
  }
  throw refused('is not signed with a key of this shop');
}

/** Returns the `kid` of a token's header, which selects a key and proves nothing. */
function keyIdOf(token: string): string | undefined {
  try {
    const { kid } = JSON.parse(Buffer.from(token.slice(0, token.indexOf('.')), 'base64url').toString()) as { kid?: unknown };
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    throw refused('is not a JWT');
  }
}
