import { useTestServers } from 'dev/test';
import { type Downstream, startDownstream } from 'downstream-sandbox';
import type { Page } from 'playwright-core';
import type { AdminOrder } from 'seckill-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, signIn } from './support/buyer.ts';
import { openConsole } from './support/operator.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;
let downstream: Downstream;

beforeAll(async () => {
  downstream = await startDownstream({ host: '127.0.0.1', port: 0, log: console });
  const sagas = { SAGAS: 'after-paid', SAGA_POINTS_PER_UNIT: '1', SAGA_COUPON: 'thanks', WAREHOUSE_URL: downstream.warehouseUrl };
  shop = await startShop(servers, ['http'], sagas);
});
beforeEach(() => {
  downstream.warehouse.faults = {};
});
afterAll(async () => {
  await shop?.close();
  await downstream?.stop();
});

/** A buyer wins a lamp and pays for it. Returns the order's number. */
async function buyAndPay(userId: string): Promise<string> {
  const sale = await shop.openSale({ stock: 5, item: { title: 'Lamp', priceCents: 4_950, currency: 'EUR' } });
  const page = await browser.page(shop.pageOf(sale));
  await signIn(page, userId);
  await buyButton(page).click();
  const opened = page.context().waitForEvent('page');
  await page.getByRole('button', { name: /^Pay/ }).first().click();
  await (await opened).getByRole('button', { name: 'Pay' }).click();
  await seeStatus(page, 'PAID');
  await page.goto(`${shop.url}/orders`);
  return page.locator('.order .mono').innerText();
}

const orderPage = async (orderId: string): Promise<Page> => {
  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop, `/console/orders/${orderId}`);
  return page;
};
const panel = (page: Page) => page.locator('section').filter({ hasText: 'After the payment' });
const step = (page: Page, name: string, state: string) => panel(page).locator(`[data-step="${name}"][data-state="${state}"]`);

test('an operator sees each step of an order, tries one again, and lets a completed saga turn back', async () => {
  downstream.warehouse.faults = { unavailable: true };
  const orderId = await buyAndPay('ada');
  const page = await orderPage(orderId);
  await step(page, 'points', 'DONE').getByText('49 points').waitFor();
  await step(page, 'fulfilment', 'UNDER_WAY').getByText('status 503').waitFor();
  await page.getByText('Shipment: Failed, and is tried again').waitFor();

  downstream.warehouse.faults = {};
  await panel(page).getByRole('button', { name: 'Try now' }).click();
  await step(page, 'fulfilment', 'DONE').waitFor();
  await panel(page).getByText('Completed').waitFor();

  await panel(page).getByRole('button', { name: 'Compensate…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn back' }).click();
  await panel(page).getByText('Compensated').waitFor();
  await page.getByRole('heading', { name: 'Lamp' }).waitFor();
  await page.getByText('Coupon: Undone').waitFor();
  expect(await shop.operator.call<AdminOrder>('GET', `/orders/${orderId}`)).toMatchObject({ status: 'REFUNDED' });
  expect(downstream.warehouse.all()).toMatchObject([{ shipmentId: orderId, state: 'cancelled' }]);
});

test('an operator skips a step that cannot be done', async () => {
  downstream.warehouse.faults = { unavailable: true };
  const page = await orderPage(await buyAndPay('ben'));
  await step(page, 'fulfilment', 'UNDER_WAY').getByText('status 503').waitFor();
  await panel(page).getByRole('button', { name: 'Skip…' }).click();
  await page.getByRole('dialog').getByText('The saga goes on without “Shipment”.').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Skip it' }).click();
  await panel(page).getByText('Completed').waitFor();
  await step(page, 'fulfilment', 'SKIPPED').waitFor();
});

test('an order that the warehouse refuses tells why, and fits a phone', async () => {
  downstream.warehouse.faults = { refused: 1 };
  const page = await orderPage(await buyAndPay('cora'));
  await step(page, 'fulfilment', 'REFUSED').getByText('The shelf is empty.').waitFor();
  await panel(page).getByText('Compensated').waitFor();
  await page.setViewportSize({ width: 360, height: 800 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
});
