import type { Page } from 'playwright-core';
import type { Shop } from './shop.ts';

/** Signs in to the console at this address. */
export async function openConsole(page: Page, shop: Shop, address = '/console'): Promise<void> {
  await page.goto(`${shop.url}/console`);
  await page.getByLabel('Admin token').fill(shop.adminToken);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  if (address !== '/console') await page.goto(`${shop.url}${address}`);
}

/** The text of a chart's latest value. */
export function chartValue(page: Page, chart: string, series: string) {
  return page.locator('figure').filter({ hasText: chart }).locator(`[data-series="${series}"]`);
}
