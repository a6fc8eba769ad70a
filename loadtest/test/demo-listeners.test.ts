import { expect, test } from 'vitest';
import { demoOnPlatform } from './demo-on-platform.ts';

test('the demo holds with mails, messages, webhooks, points, coupons and a warehouse that refuses some', async () => {
  const settings = { label: 'demo-listeners', downstream: 'together' as const };
  const { holds, printed } = await demoOnPlatform({ buyers: 80, listeners: true }, settings);
  expect(printed).not.toContain('✗');
  expect(printed).not.toContain('that no buyer should get');
  expect(holds).toBe(true);
  expect(printed).toMatch(/Every order event reached the webhook receiver +[1-9]/);
  expect(printed).toMatch(/Every buyer was written to, once for each event +[1-9]\d* mails/);
  expect(printed).toMatch(/[1-9]\d* paid, \d+ of them refunded because the warehouse refused/);
}, 300_000);
