import { Writable } from 'node:stream';
import { type PlatformOptions, startPlatform } from 'dev';
import type { DemoOptions } from '../demo/flags.ts';
import { type HostileOptions, runDemo } from '../demo/run-demo.ts';

/** Runs the demo on a platform, which it stops afterwards. Resolves to whether its audit holds, and to what it printed. */
export async function demoOnPlatform(
  options: Partial<DemoOptions> & HostileOptions,
  settings: PlatformOptions,
): Promise<{ holds: boolean; printed: string }> {
  let printed = '';
  const output = new Writable({
    write: (chunk, _, done) => {
      printed += chunk;
      done();
    },
  });
  const usual = {
    abandon: 0.2,
    payTimeoutSeconds: 5,
    providers: undefined,
    listeners: false,
    hostile: 0,
    admission: undefined,
    jsonFile: undefined,
    quiet: true,
  };
  let platform: Awaited<ReturnType<typeof startPlatform>> | undefined;
  try {
    const holds = await runDemo(
      { buyers: 60, stock: 40, ...usual, ...options },
      {
        startPlatform: async (say) => {
          platform = await startPlatform({ say, postgres: { durable: false }, ...settings });
          return platform;
        },
        output,
        signal: new AbortController().signal,
        pace: { lead: 200, promise: 60_000, patience: 4_000 },
      },
    );
    return { holds, printed };
  } finally {
    await platform?.stop();
  }
}
