import { useTestServers } from 'dev/test';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, seeStep, signIn } from './support/buyer.ts';
import { layCable } from './support/cable.ts';
import { askUntilThere, type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;

beforeAll(async () => {
  shop = await startShop(servers);
});
afterAll(() => shop?.close());

/** Pays over HTTP. Resolves when the gateway answers PAID. */
async function payElsewhere(userId: string, orderId: string): Promise<void> {
  const json = { 'content-type': 'application/json' };
  const login = await fetch(`${shop.url}/api/dev/login`, { method: 'POST', headers: json, body: JSON.stringify({ userId }) });
  const { accessToken } = (await login.json()) as { accessToken: string };
  const headers = { authorization: `Bearer ${accessToken}` };
  const payment = await askUntilThere(`${shop.url}/api/orders/${orderId}/payments`, { method: 'POST', headers });
  const { checkoutUrl } = (await payment.json()) as { checkoutUrl: string };
  await fetch(`${checkoutUrl}/pay`, { method: 'POST' });
  const status = async () => (await fetch(`${shop.url}/api/orders/${orderId}`, { headers })).json();
  await expect.poll(status).toMatchObject({ status: 'PAID' });
}

describe('trouble', () => {
  test('offline and back: the press is not lost', async () => {
    const sale = await shop.openSale();
    const page = await browser.page(shop.pageOf(sale));
    await signIn(page, 'mia');
    await page.context().setOffline(true);
    await buyButton(page).click();
    await seeStep(page, 'busy');
    await page.getByText('you cannot buy twice').waitFor();
    await page.context().setOffline(false);
    await seeStatus(page, 'ORDERED');
    expect(await shop.soldUnits(sale)).toBe(1);
  });

  test('cut off while another device pays the order: the page says so, and shows PAID once it is back', async ({
    onTestFinished,
  }) => {
    const cable = await layCable(shop.url);
    onTestFinished(cable.close);
    const page = await browser.page(`${cable.url}/sale/${(await shop.openSale()).saleId}`);
    await signIn(page, 'uma');
    await buyButton(page).click();
    await seeStatus(page, 'ORDERED');
    cable.cut();
    await page.getByText('No connection – trying again').waitFor();
    await payElsewhere('uma', (await page.locator('.ticket dd.mono').textContent()) ?? '');
    await seeStatus(page, 'ORDERED');
    cable.mend();
    await seeStatus(page, 'PAID');
  });

  test('a lost answer: the same token is sent again', async () => {
    const sale = await shop.openSale({ limitPerUser: 5 });
    const page = await browser.page(shop.pageOf(sale));
    await signIn(page, 'nick');
    const tokens: string[] = [];
    await page.route('**/api/reservations', async (route) => {
      tokens.push(route.request().postData() ?? '');
      // The gateway has decided, but its answer never arrives.
      if (tokens.length === 1) {
        await route.fetch();
        await route.abort();
      } else await route.continue();
    });
    await buyButton(page).click();
    await seeStatus(page, 'ORDERED');
    expect(new Set(tokens).size).toBe(1);
    expect(await shop.soldUnits(sale)).toBe(1);
  });

  test('a reload continues an attempt', async () => {
    const sale = await shop.openSale({ limitPerUser: 5 });
    const page = await browser.page(shop.pageOf(sale));
    await signIn(page, 'olga');
    await page.route('**/api/reservations', async (route) => {
      await route.fetch();
      await route.abort();
    });
    await buyButton(page).click();
    await seeStep(page, 'busy');
    await page.unrouteAll({ behavior: 'wait' });
    await page.reload();
    await seeStatus(page, 'ORDERED');
    expect(await shop.soldUnits(sale)).toBe(1);
  });

  test('a buyer who is asked to wait waits that long', async () => {
    const page = await browser.page(shop.pageOf(await shop.openSale({ rateLimit: { ratePerSecond: 1, burst: 1 } })));
    await signIn(page, 'paul');
    const other = await browser.page(page.url());
    await signIn(other, 'quinn');
    const tries: Promise<{ sentAt: number; toldAt: number; retryAfterMs?: number }>[] = [];
    other.on('response', (response) => {
      if (!response.url().endsWith('/api/reservations')) return;
      // On the browser's clock, because events may reach this process late.
      const { startTime, responseStart } = response.request().timing();
      const times = { sentAt: startTime, toldAt: startTime + responseStart };
      tries.push(response.json().then((answer: object) => ({ ...times, ...answer })));
    });
    await buyButton(page).click();
    await buyButton(other).click();
    await Promise.all([seeStatus(page, 'ORDERED'), seeStatus(other, 'ORDERED')]);
    const told = await Promise.all(tries);
    for (const [i, { toldAt, retryAfterMs }] of told.entries()) {
      const next = told[i + 1];
      if (next !== undefined) expect(next.sentAt - toldAt).toBeGreaterThanOrEqual((retryAfterMs ?? 0) - 20);
    }
  });

  test('a paused sale says so, and resumes without a reload', async () => {
    const sale = await shop.openSale();
    const page = await browser.page(shop.pageOf(sale));
    await signIn(page, 'rosa');
    await shop.operator.command(sale.saleId, 'pause');
    await seeStep(page, 'paused');
    await page.getByRole('button', { name: 'Buy for me when it resumes' }).click();
    await shop.operator.command(sale.saleId, 'resume');
    await seeStatus(page, 'ORDERED');
  });

  test('a closed sale is over', async () => {
    const sale = await shop.openSale();
    const page = await browser.page(shop.pageOf(sale));
    await signIn(page, 'sam');
    await shop.operator.command(sale.saleId, 'close');
    await seeStep(page, 'ended');
  });

  test('without the stream the page polls, and still shows the order', async () => {
    const page = await browser.page(shop.pageOf(await shop.openSale()));
    await page.route('**/live', (route) => route.abort());
    await signIn(page, 'tina');
    await buyButton(page).click();
    await seeStatus(page, 'ORDERED');
    await page.getByText('Updating').waitFor();
  });
});
