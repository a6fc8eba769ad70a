import { defineProvider } from '../../provider.ts';
import { AlipayGateway } from './alipay-gateway.ts';
import { AlipaySettings, keyFaults } from './alipay-keys.ts';
import { AlipayProvider } from './alipay-provider.ts';

/** Alipay (支付宝) in China, with the official SDK. */
export const provider = defineProvider({
  name: 'alipay',
  settings: AlipaySettings,
  faultsOf: keyFaults,
  create: async (values, parts) => new AlipayProvider(await AlipayGateway.open(values), values.ALIPAY_APP_ID, parts),
});
