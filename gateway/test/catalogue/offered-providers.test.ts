import { expect, test } from 'vitest';
import { offeredProviders } from '../../src/catalogue/offered-providers.ts';

const configured = ['stripe', 'alipay', 'wechatpay'];

test.each([
  ['a sale that names none offers all, in the order of the configuration', {}, configured],
  ['a sale that is no longer in memory offers all', undefined, configured],
  ['a sale that names some offers these, in its order', { paymentProviders: ['wechatpay', 'stripe'] }, ['wechatpay', 'stripe']],
  ['one that is not configured any more is left out', { paymentProviders: ['gone', 'alipay'] }, ['alipay']],
])('%s', (_, sale, offered) => {
  expect(offeredProviders(sale, configured)).toEqual(offered);
});
