import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { useTestServers } from 'dev/test';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, signIn } from './support/buyer.ts';
import { openConsole } from './support/operator.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;
let receiver: Server;
/** What the receiver answers. */
let status = 204;
const ids: string[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    ids.push(String(request.headers['webhook-id']));
    request.resume().on('end', () => response.writeHead(status).end(status === 204 ? '' : 'Not today.'));
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  shop = await startShop(servers);
});
afterAll(async () => {
  await shop?.close();
  receiver.closeAllConnections();
  receiver.close();
});

const receiverUrl = () => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
const dialog = (page: Page) => page.getByRole('dialog');
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

/** A buyer wins a lamp. */
async function buy(userId: string): Promise<void> {
  const page = await browser.page(shop.pageOf(await shop.openSale({ stock: 1 })));
  await signIn(page, userId);
  await buyButton(page).click();
  await seeStatus(page, 'ORDERED');
}

test('an operator adds a webhook, tests it, follows its deliveries, and has one sent again', async () => {
  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop);
  await page.getByRole('link', { name: 'Webhooks' }).click();
  await page.getByRole('heading', { name: 'No webhooks' }).waitFor();
  await click(page, 'New webhook');
  await click(page, 'Add webhook');
  await page.getByText('Enter an address like').waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('webhook-url');

  await page.getByLabel('URL').fill('http://user@example.org/');
  await click(page, 'Add webhook');
  await dialog(page).getByRole('alert').filter({ hasText: 'url is refused' }).waitFor();
  await page.getByLabel('URL').fill(receiverUrl());
  await page.getByLabel('order.created').check();
  await page.getByLabel('Description').fill('The warehouse');
  await click(page, 'Add webhook');
  expect(await page.getByRole('textbox', { name: 'Secret' }).inputValue()).toMatch(/^whsec_/);
  await click(page, 'I have stored it');

  await page.getByRole('heading', { name: receiverUrl() }).waitFor();
  await click(page, 'Send test event');
  await page.getByText('The receiver accepted the test event with 204').waitFor();
  await buy('ada');
  const row = page.getByRole('row').filter({ hasText: 'order.created' });
  await row.getByText('Delivered').waitFor();
  await row.getByRole('button', { name: /^Show/ }).click();
  await dialog(page).getByText('application/cloudevents+json').waitFor();
  await dialog(page).getByText('"userId": "ada"').waitFor();
  const before = ids.length;
  await click(page, 'Send again');
  await expect.poll(() => ids.length).toBe(before + 1);
  expect(ids.at(-1)).toBe(ids.at(-2));
});

test('a webhook that is new gets events of the past, if an operator wants', async () => {
  status = 204;
  await buy('carol');
  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop, '/console/webhooks');
  await click(page, 'New webhook');
  await page.getByLabel('URL').fill(receiverUrl());
  await page.getByLabel('order.created').check();
  await click(page, 'Add webhook');
  await click(page, 'I have stored it');
  await page.getByText('No deliveries.').waitFor();
  await click(page, 'Send past events…');
  await dialog(page).getByLabel('To').fill('2020-01-01T00:00');
  await click(page, 'Send');
  await dialog(page).getByText('0 events are sent.').waitFor();
  await dialog(page).getByLabel('To').fill('');
  await click(page, 'Send');
  await dialog(page)
    .getByText(/^[1-9]\d* events? (is|are) sent\.$/)
    .waitFor();
  await click(page, 'Close');
  await page.getByRole('row').filter({ hasText: 'order.created' }).getByText('Delivered').first().waitFor();
});

test('a webhook that fails says so; it is paused, changed, resumed and deleted', async () => {
  status = 503;
  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop, '/console/webhooks');
  await click(page, 'New webhook');
  await page.getByLabel('URL').fill(receiverUrl());
  await page.getByLabel('Every event').check();
  await click(page, 'Add webhook');
  await click(page, 'I have stored it');
  await click(page, 'Send test event');
  await page.getByText('The test event was not accepted: The receiver answered 503.').waitFor();
  await buy('bob');
  await page.getByText(/^Failing since/).waitFor();

  await click(page, 'Pause');
  await page.getByText('Paused', { exact: true }).waitFor();
  status = 204;
  await click(page, 'Change…');
  await page.getByLabel('Description').fill('Mended');
  await click(page, 'Save');
  await page.getByText('Mended').waitFor();
  await click(page, 'Rotate secret…');
  await click(page, 'Rotate');
  await click(page, 'I have stored it');
  await page.getByText(/old secret signs until/).waitFor();
  await click(page, 'Resume');
  const row = page.getByRole('row').filter({ hasText: 'order.created' });
  await row.getByText('Delivered').waitFor();

  await click(page, 'Delete…');
  await click(page, 'Delete webhook');
  await page.getByRole('heading', { name: 'Webhooks', exact: true }).waitFor();
  await expect.poll(() => page.getByText('Mended').count()).toBe(0);
});
