import { createPublicKey } from 'node:crypto';
import { type Algorithm, createSigner, createVerifier } from 'fast-jwt';
import { isUserId, Problem } from 'seckill-core';

const BEARER = /^Bearer +([^ ]+) *$/i;
const DEV_TOKEN_MS = 24 * 60 * 60 * 1_000;

export interface AccessTokenKeys {
  jwtSecret: string;
  /** PEM. If set, it is the only key in use. */
  jwtPublicKey?: string | undefined;
}

/**
 * Verifies the access tokens of users. The key fixes the algorithm; the token's own claim is never read. So a token signed with the
 * public key as an HMAC secret, or with "none", is refused.
 */
export class AccessTokens {
  readonly #verify: (token: string) => unknown;
  readonly #secret: string;

  /** Throws if the public key is neither RSA nor Ed25519. */
  constructor({ jwtSecret, jwtPublicKey }: AccessTokenKeys) {
    this.#secret = jwtSecret;
    this.#verify =
      jwtPublicKey === undefined
        ? createVerifier({ key: jwtSecret, algorithms: ['HS256'] })
        : createVerifier({ key: pem(jwtPublicKey), algorithms: [algorithmOf(jwtPublicKey)] });
  }

  /** Returns the user id of an `Authorization` header. Throws UNAUTHENTICATED. */
  userOf(authorization: string | undefined): string {
    const token = BEARER.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new Problem('UNAUTHENTICATED');
    const sub = this.#subjectOf(token);
    if (typeof sub !== 'string' || !isUserId(sub)) throw new Problem('UNAUTHENTICATED');
    return sub;
  }

  /** Signs a token for any user id. For development only. */
  issue(userId: string): string {
    return createSigner({ key: this.#secret, algorithm: 'HS256', expiresIn: DEV_TOKEN_MS })({ sub: userId });
  }

  #subjectOf(token: string): unknown {
    try {
      return (this.#verify(token) as { sub?: unknown } | null)?.sub;
    } catch {
      return undefined;
    }
  }
}

/** Environment files often hold a key on one line, with `\n` for its line breaks. */
function pem(key: string): string {
  return key.replaceAll('\\n', '\n');
}

export function algorithmOf(publicKey: string): Algorithm {
  const type = createPublicKey(pem(publicKey)).asymmetricKeyType;
  if (type === 'rsa') return 'RS256';
  if (type === 'ed25519') return 'EdDSA';
  throw new Error(`it is a ${type} key`);
}
