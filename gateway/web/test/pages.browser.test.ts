import { useTestServers } from 'dev/test';
import type { Page } from 'playwright-core';
import type { AdminSale } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from './support/axe.ts';
import { useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, signIn } from './support/buyer.ts';
import { openConsole } from './support/operator.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;
let sale: AdminSale;

beforeAll(async () => {
  shop = await startShop(servers);
  sale = await shop.openSale();
});
afterAll(() => shop?.close());

/** Of a phone, and of an operator's screen. */
const FIRST_LOAD_BYTES = { sale: 60_000, 'list of sales': 60_000, console: 100_000 } as const;
describe('the first load', () => {
  test.each(['sale', 'list of sales', 'console'] as const)(
    'of the %s is under 60 kB over the wire (console: 100 kB), and uses no other host',
    async (name) => {
      const addresses = { sale: `/sale/${sale.saleId}`, 'list of sales': '/', console: '/console' } as const;
      const visitor = await browser.visitor();
      const page = await visitor.newPage();
      const session = await visitor.newCDPSession(page);
      await session.send('Network.enable');
      let bytes = 0;
      session.on('Network.loadingFinished', ({ encodedDataLength }) => {
        bytes += encodedDataLength;
      });
      await page.goto(`${shop.url}${addresses[name]}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => bytes).toBeGreaterThan(10_000);
      expect(bytes).toBeLessThan(FIRST_LOAD_BYTES[name]);
    },
  );

  test('comes from the cache the second time', async () => {
    const page = await browser.page(`${shop.url}/sale/${sale.saleId}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    // Visits repeatedly: the browser writes its cache in the background.
    const sizesOfAVisit = async () => {
      await page.goto(`${shop.url}/orders`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      return page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .filter(({ name }) => name.includes('/assets/'))
          .map((entry) => (entry as PerformanceResourceTiming).transferSize),
      );
    };
    await expect.poll(sizesOfAVisit).toSatisfy((sizes: number[]) => sizes.length > 0 && sizes.every((size) => size === 0));
  });
});

describe('accessibility', () => {
  const forms = [
    { name: 'a phone at night', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
    { name: 'a large screen by day', viewport: { width: 1440, height: 900 }, colorScheme: 'light' },
  ] as const;
  // A colour in transition has another contrast.
  const reducedMotion = 'reduce';

  test.each(forms)(
    'the storefront on $name: axe finds no serious fault, nothing sticks out',
    async ({ viewport, colorScheme }) => {
      const page = await browser.page(`${shop.url}/`, { viewport, colorScheme, reducedMotion });
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await faultsOf(page)).toEqual([]);
      await page.goto(`${shop.url}/sale/${(await shop.openSale({ limitPerUser: 3 })).saleId}`);
      await signIn(page, 'axe');
      expect(await faultsOf(page)).toEqual([]);
      await buyButton(page).click();
      await seeStatus(page, 'ORDERED');
      expect(await faultsOf(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
      await page.goto(`${shop.url}/orders`);
      await page.getByText('Pay within').first().waitFor();
      expect(await faultsOf(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
    },
  );

  test.each(forms)('the console on $name', async ({ viewport, colorScheme }) => {
    const page = await (await browser.visitor({ viewport, colorScheme, reducedMotion })).newPage();
    await page.goto(`${shop.url}/console`);
    await page.getByLabel('Admin token').waitFor();
    expect(await faultsOf(page)).toEqual([]);
    await openConsole(page, shop);
    for (const address of ['/console', '/console/new', '/console/orders', '/console/webhooks', `/console/sales/${sale.saleId}`]) {
      await page.goto(`${shop.url}${address}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor();
      await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
      expect([address, await faultsOf(page)]).toEqual([address, []]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
    }
    await page.getByRole('tab', { name: 'Report' }).click();
    await page.getByText('From token to payment').waitFor();
    expect(await faultsOf(page)).toEqual([]);
  });

  test('without scrolling: countdown and button on a phone, figures and charts for the operator', async () => {
    const { saleId } = await shop.openSale({ limitPerUser: 3 });
    const bottomOf = async (page: Page, selector: string) => {
      const box = await page.locator(selector).last().boundingBox();
      return box === null ? Number.POSITIVE_INFINITY : box.y + box.height;
    };
    const phone = await browser.page(`${shop.url}/`, { viewport: { width: 360, height: 740 } });
    await signIn(phone, 'phone');
    await phone.goto(`${shop.url}/sale/${saleId}`);
    await buyButton(phone).waitFor();
    expect(await bottomOf(phone, '.purchase .button--act')).toBeLessThan(740);

    const screen = await (await browser.visitor({ viewport: { width: 1440, height: 900 } })).newPage();
    await openConsole(screen, shop, `/console/sales/${saleId}`);
    await screen.locator('figure canvas').last().waitFor();
    // Without alarms: a machine that stalls for seconds causes one, in a line above.
    await expect.poll(() => bottomOf(screen, '.charts')).toBeLessThan(900);
  });

  test('the keyboard alone is enough to get an order', async () => {
    const page = await browser.page(`${shop.url}/sale/${(await shop.openSale()).saleId}`);
    await signIn(page, 'keys');
    await buyButton(page).waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab');
      if (await buyButton(page).evaluate((button) => button === document.activeElement)) break;
    }
    await page.keyboard.press('Enter');
    await seeStatus(page, 'ORDERED');
  });
});

describe('the language', () => {
  test("is the browser's, and can be switched; the choice is remembered", async () => {
    const page = await browser.page(`${shop.url}/`, { locale: 'zh-CN' });
    await page.getByRole('heading', { name: '限时秒杀' }).waitFor();
    expect(await page.getAttribute('html', 'lang')).toBe('zh-CN');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Flash sales' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Flash sales' }).waitFor();
  });

  test('is English if the browser asks for other languages', async () => {
    const page = await browser.page(`${shop.url}/`, { locale: 'fr-FR' });
    await page.getByRole('heading', { name: 'Flash sales' }).waitFor();
  });
});

test('an unknown address says that there is no such sale', async () => {
  const page = await browser.page(`${shop.url}/sale/0193a000-0000-7000-8000-000000000000`);
  await page.getByText('Sale not found').waitFor();
  await page.getByRole('link', { name: 'See all sales' }).click();
  await page.getByRole('heading', { name: 'Flash sales' }).waitFor();
});
