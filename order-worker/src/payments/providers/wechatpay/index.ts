import { createPrivateKey, createPublicKey } from 'node:crypto';
import { HttpUrl } from 'seckill-core';
import { Type } from 'typebox';
import { defineProvider } from '../../provider.ts';
import { readKey } from '../../read-key.ts';

const API_V3_KEY_BYTES = 32;
/** Requests at once; a rush waits here rather than at WeChat Pay, which limits them. */
const CONNECTIONS = 64;

export const provider = defineProvider({
  name: 'wechatpay',
  settings: Type.Object({
    WECHATPAY_MCH_ID: Type.String({ description: "the merchant's number at WeChat Pay" }),
    WECHATPAY_APP_ID: Type.String({ description: 'the id of the app or official account that is bound to the merchant' }),
    WECHATPAY_PRIVATE_KEY: Type.String({ description: "the merchant's private key, apiclient_key.pem: its text or its path" }),
    WECHATPAY_SERIAL_NO: Type.String({ description: "the serial number of the merchant's certificate" }),
    WECHATPAY_API_V3_KEY: Type.String({ description: "the merchant's API v3 key" }),
    WECHATPAY_PUBLIC_KEY: Type.Optional(
      Type.String({ description: "WeChat Pay's public key, pub_key.pem: its text or its path" }),
    ),
    WECHATPAY_PUBLIC_KEY_ID: Type.Optional(
      Type.String({ pattern: '^PUB_KEY_ID_', description: "the id of WeChat Pay's public key, like PUB_KEY_ID_0112…" }),
    ),
    WECHATPAY_API_URL: Type.Optional(HttpUrl),
  }),
  faultsOf(values) {
    const faults: string[] = [];
    const check = (name: string, key: string | undefined, read: (pem: string) => unknown) => {
      if (key === undefined) return;
      try {
        read(readKey(key));
      } catch {
        faults.push(`${name} is neither a key in PEM form nor the path of one.`);
      }
    };
    check('WECHATPAY_PRIVATE_KEY', values.WECHATPAY_PRIVATE_KEY, createPrivateKey);
    check('WECHATPAY_PUBLIC_KEY', values.WECHATPAY_PUBLIC_KEY, createPublicKey);
    if (Buffer.byteLength(values.WECHATPAY_API_V3_KEY) !== API_V3_KEY_BYTES) {
      faults.push(`WECHATPAY_API_V3_KEY has to be ${API_V3_KEY_BYTES} characters long.`);
    }
    if ((values.WECHATPAY_PUBLIC_KEY === undefined) !== (values.WECHATPAY_PUBLIC_KEY_ID === undefined)) {
      faults.push('WECHATPAY_PUBLIC_KEY and WECHATPAY_PUBLIC_KEY_ID go together: set both, or neither.');
    }
    return faults;
  },
  async create(values, { notifyUrl, log }) {
    const { HttpPool } = await import('../../../servers/http-pool.ts');
    const { WeChatClient } = await import('./wechat-client.ts');
    const { WeChatPay } = await import('./wechat-pay.ts');
    const merchant = {
      mchId: values.WECHATPAY_MCH_ID,
      appId: values.WECHATPAY_APP_ID,
      serialNo: values.WECHATPAY_SERIAL_NO,
      privateKey: createPrivateKey(readKey(values.WECHATPAY_PRIVATE_KEY)),
    };
    const { WECHATPAY_PUBLIC_KEY: key, WECHATPAY_PUBLIC_KEY_ID: id } = values;
    const publicKey = key === undefined || id === undefined ? undefined : { id, key: createPublicKey(readKey(key)) };
    const apiV3Key = Buffer.from(values.WECHATPAY_API_V3_KEY);
    const pool = new HttpPool(values.WECHATPAY_API_URL ?? 'https://api.mch.weixin.qq.com', CONNECTIONS);
    return new WeChatPay(new WeChatClient(merchant, pool, { apiV3Key, publicKey, log }), apiV3Key, notifyUrl);
  },
});
