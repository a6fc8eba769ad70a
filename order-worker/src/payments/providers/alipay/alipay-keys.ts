import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { type Static, Type } from 'typebox';
import { readKey } from '../../read-key.ts';

const KEY = 'a key as PEM, as the Base64 text of the key tool, or as the path of a file with one of them';
const CERTIFICATE = 'a certificate as PEM, or the path of a .crt file';

export const AlipaySettings = Type.Object({
  ALIPAY_APP_ID: Type.String({ pattern: '^\\d{16}$', description: 'the 16 digits of the app id' }),
  ALIPAY_PRIVATE_KEY: Type.String({ description: KEY }),
  ALIPAY_PUBLIC_KEY: Type.Optional(Type.String({ description: KEY })),
  ALIPAY_APP_CERT: Type.Optional(Type.String({ description: CERTIFICATE })),
  ALIPAY_PUBLIC_CERT: Type.Optional(Type.String({ description: CERTIFICATE })),
  ALIPAY_ROOT_CERT: Type.Optional(Type.String({ description: CERTIFICATE })),
  ALIPAY_GATEWAY: Type.String({
    pattern: '^https?://',
    default: 'https://openapi.alipay.com/gateway.do',
    description: 'an address like https://openapi.alipay.com/gateway.do',
  }),
});
export type AlipaySettings = Static<typeof AlipaySettings>;

const CERTIFICATES = ['ALIPAY_APP_CERT', 'ALIPAY_PUBLIC_CERT', 'ALIPAY_ROOT_CERT'] as const;

/** Whether requests name certificates instead of relying on the keys that were typed in at Alipay. */
const usesCertificates = (values: AlipaySettings): boolean => CERTIFICATES.some((name) => values[name] !== undefined);

/** Returns the faults of the keys, one sentence each, without a word of a key. */
export function keyFaults(values: AlipaySettings): string[] {
  const needed = usesCertificates(values) ? CERTIFICATES : (['ALIPAY_PUBLIC_KEY'] as const);
  const missing = needed.filter((name) => values[name] === undefined);
  const wrong = needed.filter((name) => values[name] !== undefined && !isReadable(() => publicKeyOf(values[name] ?? '')));
  const why = 'Set ALIPAY_PUBLIC_KEY, or all of ALIPAY_APP_CERT, ALIPAY_PUBLIC_CERT and ALIPAY_ROOT_CERT';
  return [
    ...missing.map((name) => `${name} is not set. ${why}.`),
    ...wrong.map((name) => `${name} has to be ${name.endsWith('CERT') ? CERTIFICATE : KEY}, of RSA; it can't be read as one.`),
    ...(isReadable(() => privateKeyOf(values.ALIPAY_PRIVATE_KEY))
      ? []
      : [`ALIPAY_PRIVATE_KEY has to be ${KEY}, of RSA; it can't be read as one.`]),
  ];
}

/** Returns what the SDK is constructed with. */
export function sdkKeys(values: AlipaySettings) {
  const privateKey = String(privateKeyOf(values.ALIPAY_PRIVATE_KEY).export({ type: 'pkcs1', format: 'pem' })).trim();
  if (!usesCertificates(values)) {
    const key = publicKeyOf(values.ALIPAY_PUBLIC_KEY ?? '');
    return { privateKey, alipayPublicKey: String(key.export({ type: 'spki', format: 'pem' })).trim() };
  }
  return {
    privateKey,
    appCertContent: readKey(values.ALIPAY_APP_CERT ?? ''),
    alipayPublicCertContent: readKey(values.ALIPAY_PUBLIC_CERT ?? ''),
    alipayRootCertContent: readKey(values.ALIPAY_ROOT_CERT ?? ''),
  };
}

/** Alipay's key tool writes bare Base64: PKCS#8 for Java, PKCS#1 for everything else. */
function privateKeyOf(setting: string): KeyObject {
  const text = readKey(setting);
  if (text.startsWith('-----')) return rsa(createPrivateKey(text));
  const key = Buffer.from(text, 'base64');
  try {
    return rsa(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
  } catch {
    return rsa(createPrivateKey({ key, format: 'der', type: 'pkcs1' }));
  }
}

function publicKeyOf(setting: string): KeyObject {
  const text = readKey(setting);
  if (text.includes('CERTIFICATE')) return new X509Certificate(text).publicKey;
  if (text.startsWith('-----')) return rsa(createPublicKey(text));
  return rsa(createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' }));
}

function rsa(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'rsa') throw new Error('The key is not one of RSA.');
  return key;
}

function isReadable(read: () => KeyObject): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}
