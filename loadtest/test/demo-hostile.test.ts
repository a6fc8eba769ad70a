import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { demoOnPlatform } from './demo-on-platform.ts';

const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** 600 accounts of a farm beside 600 buyers, for 100 units. */
async function run(hostileRules: boolean) {
  const jsonFile = join(folder, `${hostileRules}.json`);
  const people = { buyers: 600, hostile: 600, stock: 100 };
  const { holds, printed } = await demoOnPlatform({ ...people, hostileRules, jsonFile }, { label: `hostile-${hostileRules}` });
  return { holds, printed, report: JSON.parse(readFileSync(jsonFile, 'utf8')) };
}

test('rules hold a farm to its share, hold back no honest buyer, and without them the farm gets more', async () => {
  const withRules = await run(true);
  expect(withRules.printed).not.toContain('✗');
  expect(withRules.holds).toBe(true);
  const { honest, hostile } = withRules.report.populations;
  expect(honest).toMatchObject({ accounts: 600, slowed: 0, challenged: 0, blocked: 0 });
  expect(hostile.slowed).toBeGreaterThan(300);
  expect(hostile.units).toBeLessThan(50);
  const without = await run(false);
  expect(without.report.populations.hostile.units).toBeGreaterThan(hostile.units);
  expect(without.report.populations.hostile.slowed).toBe(0);
}, 240_000);
