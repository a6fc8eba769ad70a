import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { TrialSettings } from '../../protocol.ts';

/** `both`: the merchant changes from certificates to a public key, and WeChat Pay signs with either. */
export type Mode = 'certificates' | 'public-key' | 'both';

/** New keys for a merchant and for WeChat Pay. Those of 1,024 bits sign six times as fast, for tests with many payments. */
export function trial({ sandbox }: { sandbox: string }, mode: Mode = 'public-key', bits: 1_024 | 2_048 = 2_048): TrialSettings {
  const [merchant, certificate, platform] = [keyPair(bits), keyPair(bits), keyPair(bits)];
  const number = randomBytes(4).readUInt32BE();
  const shared = {
    mchId: `16${String(number).padStart(10, '0').slice(0, 8)}`,
    appId: `wx${randomBytes(8).toString('hex')}`,
    serialNo: randomBytes(20).toString('hex').toUpperCase(),
    apiV3Key: randomBytes(16).toString('hex'),
  };
  const id = `PUB_KEY_ID_01${shared.mchId}2026112900${randomBytes(4).toString('hex')}`;
  const hasPublicKey = mode !== 'certificates';
  return {
    worker: {
      WECHATPAY_API_URL: `${sandbox}/wechatpay`,
      WECHATPAY_MCH_ID: shared.mchId,
      WECHATPAY_APP_ID: shared.appId,
      WECHATPAY_PRIVATE_KEY: merchant.privateKey,
      WECHATPAY_SERIAL_NO: shared.serialNo,
      WECHATPAY_API_V3_KEY: shared.apiV3Key,
      ...(hasPublicKey ? { WECHATPAY_PUBLIC_KEY: platform.publicKey, WECHATPAY_PUBLIC_KEY_ID: id } : {}),
    },
    sandbox: {
      SANDBOX_WECHATPAY_MCH_ID: shared.mchId,
      SANDBOX_WECHATPAY_APP_ID: shared.appId,
      SANDBOX_WECHATPAY_MERCHANT_KEY: merchant.publicKey,
      SANDBOX_WECHATPAY_SERIAL_NO: shared.serialNo,
      SANDBOX_WECHATPAY_API_V3_KEY: shared.apiV3Key,
      ...(mode === 'public-key' ? {} : { SANDBOX_WECHATPAY_CERTIFICATE_KEY: certificate.privateKey }),
      ...(hasPublicKey ? { SANDBOX_WECHATPAY_PLATFORM_KEY: platform.privateKey, SANDBOX_WECHATPAY_PUBLIC_KEY_ID: id } : {}),
    },
  };
}

const keyPair = (modulusLength: number): { publicKey: string; privateKey: string } =>
  generateKeyPairSync('rsa', {
    modulusLength,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
