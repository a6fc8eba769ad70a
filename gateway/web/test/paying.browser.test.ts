import { useTestServers } from 'dev/test';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, signIn } from './support/buyer.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;

beforeAll(async () => {
  shop = await startShop(servers, ['alipay', 'wechatpay']);
});
afterAll(() => shop?.close());

const item = { title: 'Lamp', priceCents: 4_950, currency: 'CNY' };

async function win(userId: string, draft: Parameters<Shop['openSale']>[0] = {}): Promise<Page> {
  const page = await browser.page(shop.pageOf(await shop.openSale({ item, ...draft })));
  await signIn(page, userId);
  await buyButton(page).click();
  return page;
}

const payWith = (page: Page, name: string) => page.getByRole('button', { name: `Pay with ${name}` });

/** Opens the checkout of a payment in a new tab. */
async function openCheckout(page: Page, name: string): Promise<Page> {
  const opened = page.context().waitForEvent('page');
  await payWith(page, name).click();
  return opened;
}

/** What a phone does that scans the code and confirms. */
async function scanAndPay(code: string): Promise<void> {
  const cashier = await fetch(`${shop.sandbox.url}/scan?code=${encodeURIComponent(code)}`);
  const paid = await fetch(`${cashier.url}/pay`, { method: 'POST', headers: { accept: 'application/json' } });
  expect(paid.status).toBe(200);
}

test('a buyer chooses how to pay, and pays on the page of one provider', async () => {
  const page = await win('ada');
  await payWith(page, 'WeChat Pay').waitFor();
  const checkout = await openCheckout(page, 'Alipay');
  await checkout.getByText('49.50 CNY').waitFor();
  await checkout.getByRole('button', { name: 'Pay' }).click();
  await seeStatus(page, 'PAID');
});

test('a buyer scans the QR code of another, and its window closes once they have paid', async () => {
  const page = await win('bob');
  const answered = page.waitForResponse((response) => response.url().endsWith('/payments'));
  await payWith(page, 'WeChat Pay').click();
  const { qrCode } = (await (await answered).json()) as { qrCode: string };
  await page.getByRole('img', { name: 'QR code for WeChat Pay' }).waitFor();
  expect(page.context().pages()).toHaveLength(1);
  await scanAndPay(qrCode);
  await seeStatus(page, 'PAID');
  expect(await page.getByRole('dialog').count()).toBe(0);
});

test('a buyer changes their mind, in "My orders" too: only the last checkout takes money', async () => {
  const page = await win('carol');
  const first = await openCheckout(page, 'Alipay');
  await first.getByRole('button', { name: 'Pay' }).waitFor();
  await page.goto(`${shop.url}/orders`);
  await payWith(page, 'WeChat Pay').click();
  await page.getByRole('img', { name: 'QR code for WeChat Pay' }).waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Pay with WeChat Pay');
  await first.getByRole('button', { name: 'Pay' }).click();
  await page.getByRole('button', { name: 'Cancel order' }).waitFor();
  const last = page.waitForResponse((response) => response.url().endsWith('/payments'));
  await payWith(page, 'WeChat Pay').click();
  await scanAndPay(((await (await last).json()) as { qrCode: string }).qrCode);
  await page.locator('.order[data-status="PAID"]').waitFor();
});

test('a sale that offers one provider has one button', async () => {
  const page = await win('dora', { paymentProviders: ['wechatpay'] });
  await page.getByRole('button', { name: 'Pay now' }).click();
  await page.getByRole('img', { name: 'QR code for WeChat Pay' }).waitFor();
});

test('a free item is paid as soon as it is won', async () => {
  const page = await win('eve', { item: { ...item, priceCents: 0 } });
  await seeStatus(page, 'PAID');
  expect(await page.getByText('Free', { exact: true }).count()).toBe(2);
});

test('a refund is under way until the provider has done it, and says why', async () => {
  const page = await win('gil');
  const answered = page.waitForResponse((response) => response.url().endsWith('/payments'));
  await payWith(page, 'WeChat Pay').click();
  await scanAndPay(((await (await answered).json()) as { qrCode: string }).qrCode);
  await seeStatus(page, 'PAID');
  await page.goto(`${shop.url}/orders`);
  const orderId = await page.locator('.order .mono').innerText();
  shop.sandbox.mood.set({ refunds: { answer: 'pending', pendingMs: 1_000 } });
  const refund = await fetch(`${shop.url}/api/admin/orders/${orderId}/refund`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.adminToken}`, 'content-type': 'application/json', 'idempotency-key': orderId },
    body: JSON.stringify({ reason: 'It arrived broken.', returnUnits: false }),
  });
  expect(refund.ok).toBe(true);
  await page.reload();
  const row = page.locator('.order .refund');
  await row.getByText('The shop decided it.').waitFor();
  const state = async () => {
    await page.reload();
    await row.waitFor();
    return row.getAttribute('data-state');
  };
  await expect.poll(state, { timeout: 30_000 }).toBe('DONE');
  await row.getByText(/49\.50 refunded/).waitFor();
  await page.locator('.order[data-status="REFUNDED"]').waitFor();
});

test('after the deadline the page says that the provider is being asked', async () => {
  const page = await win('frank', { payTimeoutSeconds: 6 });
  await openCheckout(page, 'Alipay');
  await page.getByText('Pay in the new tab.').waitFor();
  await shop.sandbox.stop();
  await page.getByText('We are asking the payment provider whether you have paid.').waitFor();
  await seeStatus(page, 'ORDERED');
});
