import { spawn } from 'node:child_process';
import { readFlags, UsageError } from 'seckill-core';
import { afterAll, describe, expect, test } from 'vitest';
import { findK6 } from '../k6/command/find-k6.ts';
import { K6, type K6Script, k6Arguments, k6Options } from '../k6/command/flags.ts';
import { FakePlatform, type Lies } from './fake-platform.ts';

const k6 = findK6(process.env);
const platforms: FakePlatform[] = [];
afterAll(async () => {
  for (const platform of platforms) await platform.stop();
});

/** Small enough for a test. The machine may be busy, and how quick a platform is that lies to itself says nothing: a stall is no fault of it. */
const SMALL: Record<K6Script, string[]> = {
  rush: ['BUYERS=60', 'STOCK=20', 'PEAK=60', 'SLOWER=1000'],
  stampede: ['BUYERS=40', 'STOCK=10', 'CLICKS=40', 'POLLS=10', 'BEFORE=2', 'SLOWER=1000'],
  'pay-or-abandon': ['BUYERS=15', 'STOCK=5', 'PAY_TIMEOUT=5', 'PATIENCE=20', 'ABANDON=1', 'SLOWER=1000'],
  bots: ['TRIES=20', 'HONEST=10', 'STOCK=60', 'CROWD=20', 'FARM=20', 'CONTESTED=60', 'SLOWER=1000'],
  // Of the clicks that k6 itself has missed three quarters are forgiven.
  soak: ['SOAK_SECONDS=4', 'RATE=5', 'SLOWER=15'],
};

/** Resolves to k6's exit code, 0 if every threshold holds, and its output. */
async function run(
  script: K6Script,
  lies: Partial<Lies> = {},
  settings: string[] = [],
): Promise<{ code: number | null; printed: string }> {
  const platform = await new FakePlatform(lies).start();
  platforms.push(platform);
  const flags = { script, htmlFile: undefined, settings: [...SMALL[script], ...settings] };
  const { args, env } = k6Arguments(flags, { gatewayUrls: [platform.url], adminToken: 'admin' });
  return new Promise((resolve, reject) => {
    const child = spawn(k6 ?? '', args, { env: { ...process.env, ...env } });
    let printed = '';
    child.stdout.on('data', (text) => {
      printed += text;
    });
    child.stderr.on('data', (text) => {
      printed += text;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, printed }));
  });
}

describe.runIf(k6 !== undefined)('k6', { timeout: 180_000 }, () => {
  test.concurrent.each(Object.keys(SMALL) as K6Script[])('%s passes on a correct platform', async (script) => {
    const { code, printed } = await run(script);
    expect(code, printed).toBe(0);
  });

  test.concurrent.each<[K6Script, string, Partial<Lies>, string[]?]>([
    ['rush', 'units_won', { oversell: 3 }],
    ['rush', 'win_has_order', { loseEvery: 5 }],
    ['stampede', 'won_early', { startEarlyMs: 10_000 }, ['BEFORE=6']],
    ['pay-or-abandon', 'paid_in_vain', { losePayments: true }],
    ['pay-or-abandon', 'cancelled_early', { cancelEarlyMs: 9_800 }, ['PAY_TIMEOUT=10']],
    ['bots', 'forged_tokens_accepted', { acceptForged: true }],
    ['bots', 'bot_orders', { noLimit: true }],
    ['bots', 'replay_with_another_id', { forgetWinners: true }],
    ['bots', 'farm_share', { noRules: true }, ['FARM=40', 'CROWD=2']],
    ['bots', 'crowd_held_back', { holdAll: true }],
    ['soak', 'win_has_order', { loseEvery: 2 }],
  ])('%s fails by %s with %j', async (script, threshold, lies, settings) => {
    const { code, printed } = await run(script, lies, settings);
    expect(code, printed).not.toBe(0);
    expect(printed).toMatch(new RegExp(`thresholds on metrics '[^\\n]*${threshold}`));
  });
});

describe('the flags of npm run k6', () => {
  const read = (...args: string[]) => {
    const { flags, words } = readFlags(K6, args);
    return k6Options(flags, words);
  };

  test('a script, its settings, and a platform that runs already', () => {
    expect(read('rush', '--set', 'BUYERS=5', '--set', 'STOCK=2', '--gateway', 'http://localhost:3000/')).toEqual({
      script: 'rush',
      gateway: 'http://localhost:3000',
      nginx: false,
      htmlFile: undefined,
      settings: ['BUYERS=5', 'STOCK=2'],
    });
  });

  test.each([
    { args: ['walk'] },
    { args: [] },
    { args: ['rush', 'bots'] },
    { args: ['rush', '--set', 'BUYERS'] },
    { args: ['rush', '--gateway', 'x'] },
    { args: ['rush', '--fast'] },
    { args: ['rush', '--nginx', '--gateway', 'http://a'] },
  ])('$args is refused', ({ args }) => {
    expect(() => read(...args)).toThrow(UsageError);
  });

  test('the admin token is not among the arguments', () => {
    const flags = { script: 'rush', htmlFile: undefined, settings: [] } as const;
    const { args, env } = k6Arguments(flags, { gatewayUrls: ['http://a', 'http://b'], adminToken: 'secret' });
    expect(args.join(' ')).not.toContain('secret');
    expect(env).toMatchObject({ ADMIN_TOKEN: 'secret', GATEWAY: 'http://a,http://b' });
  });
});
