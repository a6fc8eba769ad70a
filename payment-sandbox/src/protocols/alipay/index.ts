import { generateKeyPairSync } from 'node:crypto';
import { Type } from 'typebox';
import { defineProtocol } from '../../protocol.ts';
import { AlipayProtocol } from './alipay-protocol.ts';
import { privateKeyOf, publicKeyOf } from './signing.ts';

const key = Type.Optional(Type.String({ description: "the Base64 text of a key, as Alipay's key tool writes it" }));

/** Alipay's open platform, as far as `order-worker/src/payments/providers/alipay` calls it. */
export const protocol = defineProtocol({
  name: 'alipay',
  settings: Type.Object({
    SANDBOX_ALIPAY_APP_ID: Type.Optional(Type.String({ description: "the shop's ALIPAY_APP_ID" })),
    /** The other half of ALIPAY_PRIVATE_KEY. */
    SANDBOX_ALIPAY_APP_PUBLIC_KEY: key,
    /** The other half of ALIPAY_PUBLIC_KEY. */
    SANDBOX_ALIPAY_PRIVATE_KEY: key,
  }),
  create(values, parts) {
    const { SANDBOX_ALIPAY_APP_ID: appId, SANDBOX_ALIPAY_APP_PUBLIC_KEY: app, SANDBOX_ALIPAY_PRIVATE_KEY: own } = values;
    if (appId === undefined || app === undefined || own === undefined) return undefined;
    return new AlipayProtocol({ appId, appKey: publicKeyOf(app), ownKey: privateKeyOf(own) }, parts);
  },
  trial({ sandbox }) {
    const appId = '2021000000000001';
    const [app, alipay] = [keyPair(), keyPair()];
    return {
      worker: {
        ALIPAY_APP_ID: appId,
        ALIPAY_PRIVATE_KEY: app.privateKey,
        ALIPAY_PUBLIC_KEY: alipay.publicKey,
        ALIPAY_GATEWAY: `${sandbox}/alipay/gateway.do`,
      },
      sandbox: {
        SANDBOX_ALIPAY_APP_ID: appId,
        SANDBOX_ALIPAY_APP_PUBLIC_KEY: app.publicKey,
        SANDBOX_ALIPAY_PRIVATE_KEY: alipay.privateKey,
      },
    };
  },
});

/** As Alipay's key tool writes them: bare Base64. */
function keyPair(): { publicKey: string; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der' },
  });
  return { publicKey: publicKey.toString('base64'), privateKey: privateKey.toString('base64') };
}
