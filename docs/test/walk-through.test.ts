import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Platform, root, startPlatform } from 'dev';
import { afterAll, beforeAll, expect, test } from 'vitest';

const walkThrough = readFileSync(join(root, 'docs/walk-through.md'), 'utf8');
const script = Array.from(walkThrough.matchAll(/^```bash\n([\s\S]*?)^```$/gm), ([, block]) => block).join('');

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ label: 'walk-through', env: { LOG_LEVEL: 'warn' } });
}, 120_000);
afterAll(() => platform?.stop());

test('the walk-through works as it is written', async () => {
  const env = { ...process.env, URL: platform.gatewayUrls[0], ADMIN_TOKEN: platform.adminToken };
  // until_it_says never gives up, so the time-out does.
  const options = { env, timeout: 150_000 };
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', script], options);
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(stderr).toBe('');
  expect(answers).toMatchObject([
    { code: 'NOT_STARTED', status: 403 },
    { status: 'RESERVED' },
    { status: 'ORDERED', order: { amountCents: 4_900, currency: 'EUR' } },
    { status: 'PAID' },
    { status: 'PAID' },
    { status: 'CANCELLED', reason: 'unpaid' },
    { holds: true, oversold: 0, lost: 0, duplicated: 0, drift: 0, stockLeft: 1 },
    { state: 'ADMITTED', place: 1, ahead: 0 },
    { status: 'RESERVED' },
  ]);
}, 180_000);
