import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { provider } from '../../../src/payments/providers/alipay/index.ts';
import { type AlipayShop, newRequest, openAlipayShop, soon } from './alipay-shop.ts';

let shop: AlipayShop;
let folder: string;
beforeAll(async () => {
  shop = await openAlipayShop();
  folder = mkdtempSync(join(tmpdir(), 'alipay-keys-'));
});
afterAll(async () => {
  await shop.stop();
  rmSync(folder, { recursive: true });
});

const der = (name: string) => Buffer.from(shop.settings[name] ?? '', 'base64');
const appKey = () => createPrivateKey({ key: der('ALIPAY_PRIVATE_KEY'), format: 'der', type: 'pkcs8' });
const alipayKey = () => createPublicKey({ key: der('ALIPAY_PUBLIC_KEY'), format: 'der', type: 'spki' });
const pem = (key: KeyObject, type: 'pkcs1' | 'pkcs8') => String(key.export({ type, format: 'pem' }));
const faultsOf = (settings: Record<string, string>) => provider.faultsOf?.(Value.Parse(provider.settings, settings), false);

/** Whether Alipay and a shop with these settings accept each other's signatures. */
async function works(settings: Record<string, string>) {
  expect(faultsOf({ ...shop.settings, ...settings })).toEqual([]);
  const alipay = await shop.create({ ...shop.settings, ...settings });
  return alipay.closeCheckout(newRequest(), soon());
}

test('keys are the Base64 text of the key tool, PEM of either form, one line, or a path', async () => {
  const path = join(folder, 'app.pem');
  writeFileSync(path, pem(appKey(), 'pkcs8'));
  const publicPem = String(alipayKey().export({ type: 'spki', format: 'pem' }));
  const forms = [
    {},
    { ALIPAY_PRIVATE_KEY: appKey().export({ type: 'pkcs1', format: 'der' }).toString('base64') },
    { ALIPAY_PRIVATE_KEY: pem(appKey(), 'pkcs1'), ALIPAY_PUBLIC_KEY: publicPem },
    { ALIPAY_PRIVATE_KEY: pem(appKey(), 'pkcs8').replaceAll('\n', '\\n') },
    { ALIPAY_PRIVATE_KEY: path },
  ];
  for (const form of forms) expect(await works(form)).toEqual({ state: 'closed' });
});

test('with certificates, requests name their serial numbers, and answers are verified by that of Alipay', async () => {
  const alipayPrivate = Buffer.from(shop.sandbox['SANDBOX_ALIPAY_PRIVATE_KEY'] ?? '', 'base64');
  const own = createPrivateKey({ key: alipayPrivate, format: 'der', type: 'pkcs8' });
  const [app, alipay, root] = [certificate('app', appKey()), certificate('alipay', own), certificate('root', own)];
  const { ALIPAY_PUBLIC_KEY: _, ...settings } = shop.settings;
  const certificates = { ALIPAY_APP_CERT: app, ALIPAY_PUBLIC_CERT: alipay, ALIPAY_ROOT_CERT: readFileSync(root, 'utf8') };
  expect(faultsOf({ ...settings, ...certificates })).toEqual([]);
  const withCertificates = await shop.create({ ...settings, ...certificates });
  expect(await withCertificates.closeCheckout(newRequest(), soon())).toEqual({ state: 'closed' });
  const { checkoutUrl = '' } = await withCertificates.createCheckout(newRequest(), soon());
  const query = new URL(checkoutUrl).searchParams;
  const serials = [query.get('app_cert_sn'), query.get('alipay_root_cert_sn')];
  for (const serial of serials) expect(serial).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(serials).size).toBe(2);
  // The app's own certificate in place of Alipay's: Alipay's answers do not verify.
  const wrong = await shop.create({ ...settings, ...certificates, ALIPAY_PUBLIC_CERT: app });
  await expect(wrong.closeCheckout(newRequest(), soon())).rejects.toThrow(/signature .* is wrong/);
});

test('every fault of the keys is named, without a word of a key', () => {
  const [other] = [generateKeyPairSync('ed25519')];
  const { ALIPAY_PUBLIC_KEY: _, ...keyless } = shop.settings;
  expect(faultsOf(keyless)).toEqual([
    'ALIPAY_PUBLIC_KEY is not set. Set ALIPAY_PUBLIC_KEY, or all of ALIPAY_APP_CERT, ALIPAY_PUBLIC_CERT and ALIPAY_ROOT_CERT.',
  ]);
  const broken = { ...shop.settings, ALIPAY_PRIVATE_KEY: 'c2VjcmV0', ALIPAY_APP_CERT: join(folder, 'none.crt') };
  const faults = faultsOf(broken) ?? [];
  expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
    'ALIPAY_PUBLIC_CERT',
    'ALIPAY_ROOT_CERT',
    'ALIPAY_APP_CERT',
    'ALIPAY_PRIVATE_KEY',
  ]);
  expect(faults.join()).not.toContain('c2VjcmV0');
  for (const [name, key] of [
    ['ALIPAY_PRIVATE_KEY', other.privateKey.export({ type: 'pkcs8', format: 'pem' })],
    ['ALIPAY_PUBLIC_KEY', other.publicKey.export({ type: 'spki', format: 'pem' })],
  ] as const) {
    expect(faultsOf({ ...shop.settings, [name]: String(key) })).toEqual([expect.stringMatching(`^${name} has to be .*, of RSA`)]);
  }
});

/** Returns the path of a certificate for the key, which signs it. */
function certificate(name: string, key: KeyObject): string {
  const [keyPath, path] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  writeFileSync(keyPath, pem(key, 'pkcs8'));
  execFileSync('openssl', ['req', '-x509', '-new', '-key', keyPath, '-days', '2', '-subj', `/C=CN/CN=${name}`, '-out', path]);
  return path;
}
