import { Writable } from 'node:stream';
import { startPlatform } from 'dev';
import { expect, test } from 'vitest';
import { runDemo } from '../demo/run-demo.ts';

test('the demo holds with mails, messages, webhooks, points, coupons and a warehouse that refuses some', async () => {
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
        buyers: 80,
        stock: 40,
        abandon: 0.2,
        payTimeoutSeconds: 5,
        providers: undefined,
        listeners: true,
        jsonFile: undefined,
        quiet: true,
      },
      {
        startPlatform: async (say) => {
          platform = await startPlatform({ say, label: 'demo-listeners', downstream: true, postgres: { durable: false } });
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
    expect(printed).toMatch(/Every order event reached the webhook receiver +[1-9]/);
    expect(printed).toMatch(/Every buyer was written to, once for each event +[1-9]\d* mails/);
    expect(printed).toMatch(/[1-9]\d* paid, \d+ of them refunded because the warehouse refused/);
  } finally {
    await platform?.stop();
  }
}, 300_000);
