import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface AxeRun {
  violations: { id: string; impact: string; nodes: { html: string }[] }[];
}

/** Serious and critical faults, each with its first element. */
export async function faultsOf(page: Page): Promise<string[]> {
  // The page's policy forbids other scripts, so the debugger runs the rules.
  const session = await page.context().newCDPSession(page);
  await session.send('Page.enable');
  await session.send('Runtime.evaluate', { expression: axe });
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run(options: object): Promise<AxeRun> } }).axe.run({ resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
