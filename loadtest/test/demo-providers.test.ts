import { Writable } from 'node:stream';
import { startPlatform } from 'dev';
import { expect, test } from 'vitest';
import { runDemo } from '../demo/run-demo.ts';

const PROVIDERS = ['stripe', 'alipay', 'wechatpay', 'http'];

test('the demo holds with every provider at once, although notifications are late, doubled, lost and forged', async () => {
  let printed = '';
  const output = new Writable({
    write: (chunk, _, done) => {
      printed += chunk;
      done();
    },
  });
  let platform: Awaited<ReturnType<typeof startPlatform>> | undefined;
  try {
    const holds = await runDemo(
      {
        buyers: 60,
        stock: 40,
        abandon: 0.2,
        payTimeoutSeconds: 5,
        providers: PROVIDERS,
        listeners: false,
        jsonFile: undefined,
        quiet: true,
      },
      {
        startPlatform: async (say) => {
          platform = await startPlatform({ say, label: 'demo-providers', providers: PROVIDERS, postgres: { durable: false } });
          return platform;
        },
        output,
        signal: new AbortController().signal,
        pace: { lead: 200, promise: 60_000, patience: 4_000 },
      },
    );
    expect(printed).not.toContain('✗');
    expect(printed).not.toContain('that no buyer should get');
    expect(holds).toBe(true);
    expect(printed).toMatch(/each took some +\d+ paid; stripe [1-9]\d*, alipay [1-9]\d*, wechatpay [1-9]\d*, http [1-9]/);
    expect(printed).toMatch(/No forged payment notification was accepted +0 of [1-9]/);
  } finally {
    await platform?.stop();
  }
}, 240_000);
