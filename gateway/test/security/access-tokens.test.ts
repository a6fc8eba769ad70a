import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AccessTokens } from '../../src/security/access-tokens.ts';

const now = Math.floor(Date.now() / 1_000);
const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: object, payload: object): string => `${text(header)}.${text(payload)}`;

function hs(secret: string | Buffer, payload: object, header: object = { alg: 'HS256', typ: 'JWT' }, digest = 'sha256'): string {
  const body = unsigned(header, payload);
  return `${body}.${createHmac(digest, secret).update(body).digest('base64url')}`;
}

function signedBy(key: KeyObject, alg: string, payload: object): string {
  const body = unsigned({ alg, typ: 'JWT' }, payload);
  return `${body}.${sign(alg === 'RS256' ? 'sha256' : null, Buffer.from(body), key).toString('base64url')}`;
}

const userOf = (tokens: AccessTokens, token: string): string | undefined => {
  try {
    return tokens.userOf(`Bearer ${token}`);
  } catch (error) {
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED' });
    return undefined;
  }
};

describe('with a shared secret', () => {
  const secret = 'a secret of some length';
  const tokens = new AccessTokens({ jwtSecret: secret });

  test('accepts its own tokens and others signed with the secret, with and without an expiry', () => {
    expect(userOf(tokens, tokens.issue('alice@example.com'))).toBe('alice@example.com');
    expect(userOf(tokens, hs(secret, { sub: 'bob', exp: now + 3_600 }))).toBe('bob');
    expect(userOf(tokens, hs(secret, { sub: 'carol' }))).toBe('carol');
    expect(tokens.userOf(`bearer ${hs(secret, { sub: 'dave' })}`)).toBe('dave');
  });

  test.each([
    ['expired', hs(secret, { sub: 'x', exp: now - 1 })],
    ['not valid yet', hs(secret, { sub: 'x', nbf: now + 3_600 })],
    ['of another secret', hs('another', { sub: 'x' })],
    ['without a signature', `${unsigned({ alg: 'HS256' }, { sub: 'x' })}.`],
    ['with alg none', `${unsigned({ alg: 'none' }, { sub: 'x' })}.`],
    ['with alg None and a signature', hs(secret, { sub: 'x' }, { alg: 'None' })],
    ['of another HMAC', hs(secret, { sub: 'x' }, { alg: 'HS512' }, 'sha512')],
    ['without a user', hs(secret, { exp: now + 3_600 })],
    ['with a number for a user', hs(secret, { sub: 5 })],
    ['with an empty user', hs(secret, { sub: '' })],
    ['with a user too long', hs(secret, { sub: 'é'.repeat(128) })],
    ['with U+0000 in its user', hs(secret, { sub: 'a\0b' })],
    ['with half of a surrogate pair in its user', hs(secret, { sub: 'a\ud800' })],
    ['that is not an object', hs(secret, ['x'])],
    ['that is not a token', 'a.b.c'],
    ['with an expiry that is not a number', hs(secret, { sub: 'x', exp: 'tomorrow' })],
  ])('refuses one %s', (_what, token) => {
    expect(userOf(tokens, token)).toBeUndefined();
  });

  test('refuses a missing header and another scheme', () => {
    for (const header of [undefined, '', 'Bearer', `Basic ${hs(secret, { sub: 'x' })}`, hs(secret, { sub: 'x' })]) {
      expect(() => tokens.userOf(header)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
    }
  });
});

describe.each([
  ['RS256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ['EdDSA', () => generateKeyPairSync('ed25519')],
] as const)('with a public key for %s', (alg, generate) => {
  const { publicKey, privateKey } = generate();
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const tokens = new AccessTokens({ jwtSecret: 'unused', jwtPublicKey: pem });

  test('accepts what the private key signed', () => {
    expect(userOf(tokens, signedBy(privateKey, alg, { sub: 'alice', exp: now + 3_600 }))).toBe('alice');
    const inOneLine = new AccessTokens({ jwtSecret: 'unused', jwtPublicKey: pem.replaceAll('\n', '\\n') });
    expect(userOf(inOneLine, signedBy(privateKey, alg, { sub: 'alice' }))).toBe('alice');
  });

  test('refuses the public key as a shared secret, the unused secret, and no signature', () => {
    const der = publicKey.export({ type: 'spki', format: 'der' });
    for (const secret of [pem, pem.trim(), der, 'unused']) expect(userOf(tokens, hs(secret, { sub: 'x' }))).toBeUndefined();
    expect(userOf(tokens, hs(pem, { sub: 'x' }, { alg }))).toBeUndefined();
    expect(userOf(tokens, `${unsigned({ alg: 'none' }, { sub: 'x' })}.`)).toBeUndefined();
  });

  test('refuses an expired token and one signed with another key', () => {
    const other = generate();
    expect(userOf(tokens, signedBy(privateKey, alg, { sub: 'x', exp: now - 1 }))).toBeUndefined();
    expect(userOf(tokens, signedBy(other.privateKey, alg, { sub: 'x' }))).toBeUndefined();
  });
});
