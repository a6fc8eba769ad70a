import { generateKeyPairSync } from 'node:crypto';
import { readConfig } from 'gateway';
import { ConfigFault } from 'seckill-core';
import { describe, expect, test } from 'vitest';

const secret = (name: string) => `${name} of a shop, long enough to be one`;
const shop = {
  NODE_ENV: 'production',
  JWT_SECRET: secret('jwt'),
  TOKEN_SECRET: secret('token'),
  ADMIN_TOKEN: secret('admin'),
  PAYMENT_WEBHOOK_SECRET: secret('webhook'),
};
const NAMES = ['JWT_SECRET', 'TOKEN_SECRET', 'ADMIN_TOKEN', 'PAYMENT_WEBHOOK_SECRET'] as const;

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigFault) return error.faults;
    throw error;
  }
  return [];
}

describe('outside development', () => {
  test('four different secrets of 32 bytes are enough', () => expect(faultsOf(shop)).toEqual([]));

  test.each(NAMES)('%s must be set, long and its own', (name) => {
    expect(faultsOf({ ...shop, [name]: '' })).toEqual([expect.stringContaining(`${name} is not set`)]);
    expect(faultsOf({ ...shop, [name]: 'x'.repeat(31) })).toEqual([expect.stringContaining(`${name} has 31 bytes, too few`)]);
    expect(faultsOf({ ...shop, [name]: 'é'.repeat(16) })).toEqual([]);
    for (const other of NAMES) {
      if (other === name) continue;
      expect(faultsOf({ ...shop, [name]: shop[other] })).toEqual([
        expect.stringMatching(new RegExp(`(${name}|${other}) equals `)),
      ]);
    }
    expect(faultsOf({ ...shop, [`${name}_PREVIOUS`]: 'short' })).toEqual([
      expect.stringContaining(`${name}_PREVIOUS has 5 bytes`),
    ]);
    expect(faultsOf({ ...shop, [`${name}_PREVIOUS`]: secret('earlier') })).toEqual([]);
  });

  test('JWT_SECRET is not needed with another key', () => {
    const pem = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(faultsOf({ ...shop, JWT_SECRET: '', JWT_PUBLIC_KEY: pem })).toEqual([]);
    const JWT_JWKS_URL = 'https://id.example/jwks.json';
    expect(faultsOf({ ...shop, JWT_SECRET: '', JWT_JWKS_URL })).toEqual([]);
    expect(faultsOf({ ...shop, JWT_PUBLIC_KEY: pem, JWT_JWKS_URL })).toEqual([expect.stringContaining('are both set')]);
    expect(faultsOf({ ...shop, JWT_PUBLIC_KEY_PREVIOUS: pem })).toEqual([expect.stringContaining('without JWT_PUBLIC_KEY')]);
  });

  test('the keys of users come over https only', () => {
    const JWT_JWKS_URL = 'http://id.example/jwks.json';
    expect(faultsOf({ ...shop, JWT_JWKS_URL })).toEqual([expect.stringContaining('JWT_JWKS_URL is not an https address')]);
    expect(faultsOf({ JWT_JWKS_URL })).toEqual([]);
  });

  test('anyone may sign in as anyone only if the operator says that this is a demo', () => {
    expect(faultsOf({ ...shop, DEV_LOGIN: 'true' })).toEqual([expect.stringContaining('INSECURE_DEMO=true')]);
    expect(readConfig({ ...shop, DEV_LOGIN: 'true', INSECURE_DEMO: 'true' }).devLogin).toBe(true);
    expect(readConfig({ ...shop, INSECURE_DEMO: 'true' }).devLogin).toBe(false);
  });
});

test('a key that no user could have signed with is named at the start', () => {
  const [fault] = faultsOf({ JWT_PUBLIC_KEY: 'not a key' });
  expect(fault).toContain('JWT_PUBLIC_KEY must be an RSA, P-256 or Ed25519 public key');
});
