import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { useTestServers } from 'dev/test';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, signIn } from './support/buyer.ts';
import { openConsole } from './support/operator.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
const folder = mkdtempSync(join(tmpdir(), 'seckill-console-'));
let shop: Shop;

beforeAll(async () => {
  // Where the sink writes its folders there is a file, so it fails.
  writeFileSync(join(folder, 'events'), '');
  const files = { DATA_HUB_FILES: pathToFileURL(folder).href, DATA_HUB_FILES_EVERY_SECONDS: '1' };
  shop = await startShop(servers, ['http'], files);
});
afterAll(async () => {
  await shop?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('an operator sees that a sink fails, and starts it over', async () => {
  const buyer = await browser.page(shop.pageOf(await shop.openSale({ stock: 1 })));
  await signIn(buyer, 'ada');
  await buyButton(buyer).click();
  await seeStatus(buyer, 'ORDERED');

  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop);
  await page.getByRole('link', { name: 'Listeners' }).click();
  const panel = page.getByRole('region', { name: 'Data hub' });
  await panel.getByText('Fails').waitFor();
  await panel.getByText(/EEXIST|ENOTDIR/).waitFor();

  rmSync(join(folder, 'events'));
  await panel.getByRole('button', { name: 'Start over…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('From').fill('yesterday');
  await dialog.getByRole('button', { name: 'Start over' }).click();
  await dialog.getByText('Enter a day like').waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('sink-from');
  await dialog.getByLabel('From').fill('2999-01-01');
  await dialog.getByRole('button', { name: 'Start over' }).click();
  await dialog.getByRole('alert').filter({ hasText: 'is in the future' }).waitFor();
  await dialog.getByLabel('From').fill('');
  await dialog.getByRole('button', { name: 'Start over' }).click();
  await page.getByText('files starts over.').waitFor();
  await panel.getByText('Up to date').waitFor();
});
