import { Type } from 'typebox';
import { defineProtocol } from '../../protocol.ts';
import { Merchant } from './merchant.ts';
import { Platform } from './platform.ts';
import { NAME } from './transactions.ts';
import { trial } from './trial.ts';
import { WeChatPayProtocol } from './wechatpay-protocol.ts';

/** WeChat Pay for a trial. The settings' names are those of the order worker; each side has its own half of a key pair. */
export const protocol = defineProtocol({
  name: NAME,
  settings: Type.Object({
    SANDBOX_WECHATPAY_MCH_ID: Type.Optional(Type.String()),
    SANDBOX_WECHATPAY_APP_ID: Type.Optional(Type.String()),
    /** PEM of the merchant's public key. */
    SANDBOX_WECHATPAY_MERCHANT_KEY: Type.Optional(Type.String()),
    SANDBOX_WECHATPAY_SERIAL_NO: Type.Optional(Type.String()),
    SANDBOX_WECHATPAY_API_V3_KEY: Type.Optional(Type.String()),
    /** Certificate mode: PEM of the private key of the platform's certificate. */
    SANDBOX_WECHATPAY_CERTIFICATE_KEY: Type.Optional(Type.String()),
    /** Public-key mode: PEM of the private half of WeChat Pay's public key, and its id. */
    SANDBOX_WECHATPAY_PLATFORM_KEY: Type.Optional(Type.String()),
    SANDBOX_WECHATPAY_PUBLIC_KEY_ID: Type.Optional(Type.String()),
  }),
  create(values, parts) {
    const {
      SANDBOX_WECHATPAY_MCH_ID: mchId,
      SANDBOX_WECHATPAY_APP_ID: appId,
      SANDBOX_WECHATPAY_MERCHANT_KEY: publicKey,
      SANDBOX_WECHATPAY_SERIAL_NO: serialNo,
      SANDBOX_WECHATPAY_API_V3_KEY: apiV3Key,
      SANDBOX_WECHATPAY_CERTIFICATE_KEY: certificateKey,
      SANDBOX_WECHATPAY_PLATFORM_KEY: privateKey,
      SANDBOX_WECHATPAY_PUBLIC_KEY_ID: id,
    } = values;
    if (mchId === undefined || appId === undefined || publicKey === undefined) return undefined;
    if (serialNo === undefined || apiV3Key === undefined) return undefined;
    const platformKey = privateKey === undefined || id === undefined ? undefined : { id, privateKey };
    if (certificateKey === undefined && platformKey === undefined) return undefined;
    const merchant = new Merchant({ mchId, appId, serialNo, publicKey });
    return new WeChatPayProtocol(parts, merchant, new Platform(apiV3Key, certificateKey, platformKey));
  },
  trial: (urls) => trial(urls),
});
