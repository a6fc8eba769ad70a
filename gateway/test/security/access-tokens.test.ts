import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AccessTokens } from '../../src/security/access-tokens.ts';
import { RemoteKeys } from '../../src/security/remote-keys.ts';
import { VerifiedTokens } from '../../src/security/verified-tokens.ts';

const now = Math.floor(Date.now() / 1_000);
const text = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const unsigned = (header: object, payload: object): string => `${text(header)}.${text(payload)}`;

function hs(secret: string | Buffer, payload: object, header: object = { alg: 'HS256', typ: 'JWT' }, digest = 'sha256'): string {
  const body = unsigned(header, payload);
  return `${body}.${createHmac(digest, secret).update(body).digest('base64url')}`;
}

function signedBy(key: KeyObject, alg: string, payload: object, kid?: string): string {
  const body = unsigned({ alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }) }, payload);
  const options = { key, dsaEncoding: 'ieee-p1363' } as const;
  return `${body}.${sign(alg === 'EdDSA' ? null : 'sha256', Buffer.from(body), options).toString('base64url')}`;
}

const userOf = (tokens: AccessTokens, token: string): string | undefined => {
  try {
    const user = tokens.userOf(`Bearer ${token}`);
    expect(user).not.toBeInstanceOf(Promise);
    return user as string;
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
    ['expired', hs(secret, { sub: 'x', exp: now - 60 })],
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
  ['ES256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
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
    expect(userOf(tokens, signedBy(privateKey, alg, { sub: 'x', exp: now - 60 }))).toBeUndefined();
    expect(userOf(tokens, signedBy(other.privateKey, alg, { sub: 'x' }))).toBeUndefined();
  });
});

const reason = (tokens: AccessTokens, token: string): string => {
  try {
    tokens.userOf(`Bearer ${token}`);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('claims', () => {
  const tokens = new AccessTokens({ jwtSecret: 's', issuer: 'https://id.example/', audience: 'shop' });
  const good = { sub: 'ann', iss: 'https://id.example/', aud: ['other', 'shop'] };
  const say = (payload: object) => reason(tokens, hs('s', { ...good, ...payload }));

  test('of clocks that differ by a few seconds are accepted', () => {
    const present = Math.floor(Date.now() / 1_000);
    for (const payload of [{ nbf: present + 3 }, { exp: present }, { iat: present + 3 }, { aud: 'shop' }]) {
      expect(say(payload)).toBe('accepted');
    }
  });

  test.each([
    [{ exp: now - 30 }, 'has expired'],
    [{ nbf: now + 30 }, 'is not valid yet'],
    [{ iss: 'https://id.example' }, 'another issuer'],
    [{ iss: undefined }, 'another issuer'],
    [{ aud: 'shops' }, 'another audience'],
    [{ aud: undefined }, 'another audience'],
    [{ aud: ['sho', 'p'] }, 'another audience'],
    [{ sub: 42 }, '"sub"'],
    [{ sub: undefined }, '"sub"'],
    [{ sub: 'é'.repeat(128) }, '255 bytes'],
    [{ exp: '2030' }, '"exp"'],
  ])('%j: the answer says why', (payload, why) => expect(say(payload)).toContain(why));

  test('of a token with a wrong signature are not read to its sender', () => {
    expect(reason(tokens, hs('another', { ...good, exp: now - 30 }))).toBe(
      'Your access token is not signed with a key of this shop. Sign in again.',
    );
  });

  test('are checked again each time: a token that was accepted expires', () => {
    const token = hs('s', { ...good, exp: now + 60 });
    expect(userOf(tokens, token)).toBe('ann');
    const { now: clock } = Date;
    try {
      Date.now = () => (now + 120) * 1_000;
      expect(reason(tokens, token)).toContain('has expired');
    } finally {
      Date.now = clock;
    }
  });
});

describe('a key that is being changed', () => {
  test('is accepted beside the new one, and no longer once the old one is gone', () => {
    const [old, next] = [hs('old', { sub: 'ann' }), hs('new', { sub: 'ann' })];
    const during = new AccessTokens({ jwtSecret: 'new', jwtSecretPrevious: 'old' });
    expect([userOf(during, old), userOf(during, next)]).toEqual(['ann', 'ann']);
    expect(userOf(new AccessTokens({ jwtSecret: 'new' }), old)).toBeUndefined();
    expect(userOf(new AccessTokens({ jwtSecret: 'new' }), during.issue('bob'))).toBe('bob');
  });

  test('may be a public key of another kind', () => {
    const [rsa, ec] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('ec', { namedCurve: 'P-256' })];
    const [jwtPublicKeyPrevious, jwtPublicKey] = [rsa, ec].map(({ publicKey }) =>
      publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    );
    const tokens = new AccessTokens({ jwtSecret: 'unused', jwtPublicKey, jwtPublicKeyPrevious });
    expect(userOf(tokens, signedBy(rsa.privateKey, 'RS256', { sub: 'ann' }))).toBe('ann');
    expect(userOf(tokens, signedBy(ec.privateKey, 'ES256', { sub: 'ann' }))).toBe('ann');
  });

  test('is not accepted if it is weak or of another curve', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const curve = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey;
    const make = (key: KeyObject) =>
      new AccessTokens({ jwtSecret: '', jwtPublicKey: key.export({ type: 'spki', format: 'pem' }).toString() });
    expect(() => make(weak)).toThrow('1024 bits');
    expect(() => make(curve)).toThrow('secp256k1');
  });
});

test('verified tokens are remembered up to a bound, the latest longest', () => {
  const memory = new VerifiedTokens(10);
  const claims = (userId: string) => ({ userId, expiresAt: 1, notBefore: 0, priority: false });
  memory.remember('used', claims('used'));
  for (let i = 0; i < 100; i += 1) {
    memory.remember(`t${i}`, claims(`t${i}`));
    expect(memory.get('used')?.userId).toBe('used');
  }
  expect(memory.get('t99')?.userId).toBe('t99');
  expect(memory.get('t50')).toBeUndefined();
  memory.forget();
  expect([memory.get('used'), memory.get('t99')]).toEqual([undefined, undefined]);
});

describe('keys that an identity provider publishes', () => {
  const [first, second, curve] = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ed25519'),
    generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ];
  const jwk = (kid: string, { publicKey }: { publicKey: KeyObject }) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid,
    use: 'sig',
  });
  const log = { info() {}, warn() {} };
  let asked = 0;
  let answer: () => { status?: number; body: string } = () => ({ body: '' });
  const provider = createServer((_request, response) => {
    asked += 1;
    const { status = 200, body } = answer();
    response.writeHead(status, status === 302 ? { location: '/' } : {}).end(body);
  });
  let url = '';
  const publish = (...keys: object[]) => {
    answer = () => ({ body: JSON.stringify({ keys }) });
  };
  beforeAll(async () => {
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`;
  });
  afterAll(() => provider.close());

  async function using(remoteKeys: RemoteKeys, work: (tokens: AccessTokens) => Promise<void>): Promise<void> {
    const tokens = new AccessTokens({ jwtSecret: 'unused', remoteKeys });
    remoteKeys.start();
    try {
      await work(tokens);
    } finally {
      remoteKeys.stop();
    }
  }
  const user = async (tokens: AccessTokens, token: string) => tokens.userOf(`Bearer ${token}`);
  const code = (tokens: AccessTokens, token: string) => user(tokens, token).catch((error) => error.code);

  test('are used by their id, and a key that appears later is fetched when a token names it', async () => {
    publish(jwk('a', first), { kty: 'oct', k: 'AAAA', kid: 'secret' }, { kty: 'RSA', kid: 'broken' });
    await using(new RemoteKeys({ url, log, unknownKeyPauseMs: 0 }), async (tokens) => {
      await expect.poll(() => code(tokens, signedBy(first.privateKey, 'RS256', { sub: 'ann' }, 'a'))).toBe('ann');
      // The only key serves tokens without an id, too.
      expect(await code(tokens, signedBy(first.privateKey, 'RS256', { sub: 'ann' }))).toBe('ann');
      publish(jwk('a', first), jwk('b', second), jwk('c', curve));
      expect(await user(tokens, signedBy(second.privateKey, 'EdDSA', { sub: 'bob' }, 'b'))).toBe('bob');
      expect(await user(tokens, signedBy(curve.privateKey, 'ES256', { sub: 'eve' }, 'c'))).toBe('eve');
      expect(await code(tokens, signedBy(second.privateKey, 'EdDSA', { sub: 'bob' }, 'a'))).toBe('UNAUTHENTICATED');
      expect(await code(tokens, hs('AAAA', { sub: 'x' }, { alg: 'HS256', kid: 'secret' } as object))).toBe('UNAUTHENTICATED');
    });
  });

  test('that the provider withdraws verify nothing any more, remembered tokens included', async () => {
    publish(jwk('a', first));
    await using(new RemoteKeys({ url, log, unknownKeyPauseMs: 0 }), async (tokens) => {
      const token = signedBy(first.privateKey, 'RS256', { sub: 'ann' }, 'a');
      await expect.poll(() => code(tokens, token)).toBe('ann');
      publish(jwk('b', second));
      expect(await code(tokens, signedBy(second.privateKey, 'EdDSA', { sub: 'bob' }, 'b'))).toBe('bob');
      expect(await code(tokens, token)).toBe('UNAUTHENTICATED');
    });
  });

  test('are asked for once, however many tokens invent an id', async () => {
    publish(jwk('a', first));
    await using(new RemoteKeys({ url, log }), async (tokens) => {
      await expect.poll(() => code(tokens, signedBy(first.privateKey, 'RS256', { sub: 'ann' }, 'a'))).toBe('ann');
      const before = asked;
      const invented = Array.from({ length: 50 }, (_, i) =>
        code(tokens, signedBy(second.privateKey, 'EdDSA', { sub: 'x' }, `no${i}`)),
      );
      expect(new Set(await Promise.all(invented))).toEqual(new Set(['UNAUTHENTICATED']));
      expect(asked - before).toBeLessThanOrEqual(1);
    });
  });

  test.each([
    ['is away', () => ({ status: 503, body: '' })],
    ['redirects', () => ({ status: 302, body: '' })],
    ['sends too much', () => ({ body: JSON.stringify({ keys: [jwk('a', first)], pad: 'x'.repeat(300_000) }) })],
    ['sends no keys', () => ({ body: '{"keys":[]}' })],
    ['sends a page', () => ({ body: '<html>' })],
  ])('stay as they are while the provider %s; without any, no user is refused for good', async (_, fault) => {
    answer = fault;
    await using(new RemoteKeys({ url, log, unknownKeyPauseMs: 0, retryMs: 5 }), async (tokens) => {
      const token = signedBy(first.privateKey, 'RS256', { sub: 'ann' }, 'a');
      const before = asked;
      await expect.poll(() => asked - before).toBeGreaterThan(2);
      expect(await code(tokens, token)).toBe('UNAVAILABLE');
      publish(jwk('a', first));
      await expect.poll(() => code(tokens, token)).toBe('ann');
      answer = fault;
      expect(await code(tokens, signedBy(second.privateKey, 'EdDSA', { sub: 'x' }, 'b'))).toBe('UNAUTHENTICATED');
      expect(await code(tokens, token)).toBe('ann');
    });
  });
});
