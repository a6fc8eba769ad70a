import { useTestServers } from 'dev/test';
import type { Page } from 'playwright-core';
import type { AdminOrder, AdminSale } from 'seckill-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, signIn } from './support/buyer.ts';
import { openConsole } from './support/operator.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;

beforeAll(async () => {
  shop = await startShop(servers, ['http', 'alipay']);
});
afterAll(() => shop?.close());

const operator = async (address?: string) => {
  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop, address);
  return page;
};

/** A buyer wins a lamp for 4950 yen, or the sale's price, and pays. Returns the order's number. */
async function buyAndPay(userId: string, sale: AdminSale): Promise<string> {
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

const openLamps = (currency: string) => shop.openSale({ stock: 5, item: { title: 'Lamp', priceCents: 4_950, currency } });
const orderOf = (orderId: string) => shop.operator.call<AdminOrder>('GET', `/orders/${orderId}`);

async function fillIn(page: Page, { amount, reason }: { amount?: string; reason: string }): Promise<void> {
  if (amount !== undefined) await page.getByLabel('Amount in').fill(amount);
  await page.getByLabel('Reason').fill(reason);
  await page.getByRole('button', { name: 'Refund…' }).click();
}
const dialog = (page: Page) => page.getByRole('dialog');
const refunds = (page: Page, state: string) => page.locator(`.refunds li[data-state="${state}"]`);

test('an operator finds orders by words, buyer, state and sale, and comes back to what they found', async () => {
  const desks = await shop.openSale({
    title: 'Desks',
    stock: 5,
    item: { title: 'Standing desk', priceCents: 100, currency: 'EUR' },
  });
  const mugs = await shop.openSale({ title: '双十一', stock: 5, item: { title: '马克杯', priceCents: 100, currency: 'EUR' } });
  const orderId = await buyAndPay('dora', desks);
  await buyAndPay('emil', mugs);
  const page = await operator('/console/orders');
  const rows = page.getByRole('table').locator('tbody tr');
  const find = async (text: string) => {
    await page.getByLabel('Order number').fill(text);
    await page.keyboard.press('Enter');
  };
  const findOnly = async (text: string, buyer: string) => {
    await find(text);
    await rows.filter({ hasText: buyer }).waitFor();
    await expect.poll(() => rows.count()).toBe(1);
  };
  await findOnly('杯', 'emil');
  await findOnly('desk STANDING', 'dora');
  await findOnly('dor', 'dora');
  await page.getByLabel('State').selectOption('Refunded');
  await page.getByText('No order fits.').waitFor();
  await page.getByLabel('State').selectOption('Paid');
  await find('');
  await page.getByLabel('Sale').selectOption('双十一');
  await expect.poll(() => rows.count()).toBe(1);
  await page.getByRole('link', { name: '马克杯' }).click();
  await page.getByText('Money received').waitFor();
  await page.goBack();
  await rows.filter({ hasText: 'emil' }).waitFor();
  expect(await page.getByLabel('State').inputValue()).toBe('PAID');
  await page.getByRole('link', { name: 'emil' }).click();
  await page.getByRole('heading', { name: 'Orders of “emil”' }).waitFor();
  await page.goto(`${shop.url}/console/orders`);
  await find(orderId.toUpperCase());
  await page.waitForURL(`**/console/orders/${orderId}`);
});

test('an operator finds an order and gives a part back, once even if the answer is lost, and then the rest', async () => {
  const sale = await openLamps('EUR');
  const orderId = await buyAndPay('ada', sale);
  const page = await operator('/console/orders');
  await page.getByLabel('Order number').fill('ada');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Lamp' }).click();
  expect(await page.getByLabel('Amount in EUR').inputValue()).toBe('49.50');

  await fillIn(page, { amount: '49.51', reason: '' });
  for (const fault of ['At most €49.50 can go back.', 'Enter a reason.', 'Choose one.']) await page.getByText(fault).waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('refund-amount');
  await page.getByLabel('The unit goes back on sale').check();
  await fillIn(page, { amount: '20.00', reason: 'A scratch.' });
  await dialog(page).getByText('which stays PAID').waitFor();
  await dialog(page).getByRole('button', { name: 'Not now' }).click();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Refund…');
  expect((await orderOf(orderId)).refunds).toEqual([]);

  let isLost = false;
  await page.route('**/refund', async (route) => {
    if (isLost) return route.continue();
    isLost = true;
    await route.fetch();
    await route.abort();
  });
  await page.keyboard.press('Enter');
  const send = dialog(page).getByRole('button', { name: 'Refund €20.00' });
  await send.click();
  await dialog(page).getByRole('alert').waitFor();
  await send.click();
  await dialog(page).waitFor({ state: 'detached' });
  await refunds(page, 'DONE').getByText('€20.00').waitFor();
  for (const text of ['“A scratch.”', 'asked for by operator', '1 attempt'])
    await refunds(page, 'DONE').getByText(text).waitFor();

  await page.getByText('€29.50 can still go back.').waitFor();
  await fillIn(page, { reason: 'They sent it back.' });
  await dialog(page).getByText('its unit will go back on sale').waitFor();
  await dialog(page).getByRole('button', { name: 'Refund €29.50' }).click();
  await page.getByRole('status').filter({ hasText: 'Refunded' }).waitFor();
  expect(await page.getByLabel('Amount in EUR').count()).toBe(0);
  expect((await orderOf(orderId)).refunds.map(({ amountCents }) => amountCents)).toEqual([2_000, 2_950]);
  expect(await shop.soldUnits(sale)).toBe(0);
});

test('a refused refund is on the first page with its reason until it is tried again or settled outside', async () => {
  shop.sandbox.mood.set({ refunds: { answer: 'refuse', reason: 'The balance is too low.' } });
  const orderId = await buyAndPay('bob', await openLamps('JPY'));
  const page = await operator(`/console/orders/${orderId}`);
  await fillIn(page, { amount: '49.50', reason: 'Late.' });
  await page.getByText('Enter a whole number like 4900: JPY has no decimals.').waitFor();
  await page.getByLabel('The stock shrinks by 1').check();
  await fillIn(page, { amount: '4950', reason: 'Late.' });
  await dialog(page).getByRole('button', { name: 'Refund ¥4,950' }).click();
  await refunds(page, 'REFUSED').getByText('The balance is too low.').waitFor();

  await page.goto(`${shop.url}/console`);
  await page.getByText('1 refund was refused').waitFor();
  const row = page.getByRole('region', { name: 'Table of refused refunds' }).getByRole('row').filter({ hasText: orderId });
  for (const text of ['The balance is too low.', 'HTTP service', '¥4,950']) await row.getByText(text).waitFor();
  const tryAgain = row.getByRole('button', { name: 'Try again' });
  await page.route('**/retry', (route) =>
    route.fulfill({
      status: 409,
      contentType: 'application/problem+json',
      json: { code: 'NOT_REFUNDABLE', title: 'No', detail: 'It is DONE.' },
    }),
  );
  await tryAgain.click();
  await row.getByRole('alert').filter({ hasText: 'It is DONE.' }).waitFor();
  await page.unroute('**/retry');
  shop.sandbox.mood.set({ refunds: { answer: 'refuse', reason: 'The card is closed.' } });
  await tryAgain.click();
  await row.getByText('The card is closed.').waitFor();
  shop.sandbox.mood.set({});

  await row.getByRole('button', { name: 'Settled outside…' }).click();
  await dialog(page).getByRole('button', { name: 'Mark as settled' }).click();
  await dialog(page).getByText('Enter how.').waitFor();
  await dialog(page).getByLabel('How did they get it?').fill('Bank transfer 17');
  await page.keyboard.press('Enter');
  await row.waitFor({ state: 'detached' });
  await page.getByText('1 refund was refused').waitFor({ state: 'detached' });
  await page.goto(`${shop.url}/console/orders/${orderId}`);
  await page.getByText('Settled outside by operator: Bank transfer 17').waitFor();
  expect(await orderOf(orderId)).toMatchObject({ status: 'REFUNDED', refunds: [{ state: 'REFUSED' }, { state: 'DONE' }] });
});

test('a new sale offers the payment providers that its operator chooses, and has priority if its operator says so', async () => {
  const page = await operator('/console/new');
  await page.getByLabel('Title').fill('Lamps by Alipay');
  await page.getByLabel('Name').fill('Lamp');
  await page.getByLabel('Price').fill('49.50');
  await page.getByLabel('Currency').fill('CNY');
  await page.getByLabel('HTTP service').check();
  await page.getByLabel('Alipay').check();
  await page.getByText('with HTTP service or Alipay').waitFor();
  await page.getByLabel('HTTP service').uncheck();
  await page.getByLabel('Make the orders of this sale before those of other sales').check();
  await page.getByText('Their orders are made before those of other sales.').waitFor();
  await page.getByRole('button', { name: 'Create draft' }).click();
  await page.getByText('pay with Alipay').waitFor();
  await page.getByText('orders before those of other sales', { exact: true }).waitFor();
  const sale = await shop.operator.sale(page.url().split('/').at(-1) ?? '');
  expect(sale).toMatchObject({ paymentProviders: ['alipay'], priority: true });
});
