import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createVerifier } from 'fast-jwt';

export type TokenAlgorithm = 'HS256' | 'RS256' | 'ES256' | 'EdDSA';

/** Verifies the signatures of one key. The key fixes the algorithm, so a public key can never pass for an HMAC secret. */
export interface VerificationKey {
  readonly algorithm: TokenAlgorithm;
  /** Returns the payload of a token that this key signed. Throws otherwise. The caller checks the claims. */
  readonly verify: (token: string) => unknown;
}

/** RFC 7518 asks for 2048 bits or more. */
const RSA_MIN_BITS = 2_048;

export function keyOfSecret(secret: string): VerificationKey {
  return keyOf('HS256', secret);
}

/** Throws an error whose message completes "JWT_PUBLIC_KEY cannot be used: …". Environment files often hold `\n` for the line breaks. */
export function keyOfPem(pem: string): VerificationKey {
  return keyOfObject(createPublicKey(pem.replaceAll('\\n', '\n')));
}

/** Returns undefined for a key that is not meant for our signatures. A provider lists such keys too. */
export function keyOfJwk(jwk: JsonWebKey & { use?: unknown; alg?: unknown }): VerificationKey | undefined {
  if (jwk.use !== undefined && jwk.use !== 'sig') return undefined;
  try {
    const key = keyOfObject(createPublicKey({ key: jwk, format: 'jwk' }));
    return jwk.alg === undefined || jwk.alg === key.algorithm ? key : undefined;
  } catch {
    return undefined;
  }
}

function keyOfObject(key: KeyObject): VerificationKey {
  return keyOf(algorithmOf(key), key.export({ type: 'spki', format: 'pem' }).toString());
}

function keyOf(algorithm: TokenAlgorithm, key: string): VerificationKey {
  return { algorithm, verify: createVerifier({ key, algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true }) };
}

function algorithmOf({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): TokenAlgorithm {
  if (type === 'ed25519') return 'EdDSA';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  if (type === 'ec') throw new Error(`its curve is ${details?.namedCurve}, not P-256`);
  if (type !== 'rsa') throw new Error(`it is a ${type} key`);
  const bits = details?.modulusLength ?? 0;
  if (bits < RSA_MIN_BITS) throw new Error(`it has ${bits} bits, fewer than ${RSA_MIN_BITS}`);
  return 'RS256';
}
