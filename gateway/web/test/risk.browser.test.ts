import { useTestServers } from 'dev/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from './support/browser.ts';
import { openConsole } from './support/operator.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;

beforeAll(async () => {
  shop = await startShop(servers);
});
afterAll(() => shop?.close());

test('an operator sees the rules with what they found, and lets a user through', async () => {
  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop);
  await page.getByRole('link', { name: 'Risk' }).click();
  await page.getByText('No rule is set.').waitFor();
  await page.getByRole('button', { name: 'Let through' }).click();
  await page.getByText('Enter the id of the user.').waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('appeal-user');
  await page.getByLabel('User id').fill('ann');
  await page.getByLabel('Why').fill('an office with one address');
  await page.getByRole('button', { name: 'Let through' }).click();
  await page.getByText('ann passes every rule from now on.').waitFor();
  await page.getByRole('region', { name: 'Table of changes' }).getByText('Let a user through').waitFor();
  await page.getByRole('region', { name: 'Table of lists' }).getByText('allow').waitFor();
  for (const width of [1440, 360]) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(overflow, `${width} px`).toBeLessThanOrEqual(0);
  }
});
