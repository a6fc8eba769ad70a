import { expect, test } from 'vitest';
import { demoOnPlatform } from './demo-on-platform.ts';

const providers = ['stripe', 'alipay', 'wechatpay', 'http'];

test('the demo holds with every provider at once, although notifications are late, doubled, lost and forged', async () => {
  const { holds, printed } = await demoOnPlatform({ providers }, { label: 'demo-providers', providers });
  expect(printed).not.toContain('✗');
  expect(printed).not.toContain('that no buyer should get');
  expect(holds).toBe(true);
  expect(printed).toMatch(/each took some +\d+ paid; stripe [1-9]\d*, alipay [1-9]\d*, wechatpay [1-9]\d*, http [1-9]/);
  expect(printed).toMatch(/No forged payment notification was accepted +0 of [1-9]/);
}, 240_000);
