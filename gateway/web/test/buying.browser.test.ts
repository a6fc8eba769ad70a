import { useTestServers } from 'dev/test';
import type { Page } from 'playwright-core';
import type { AdminSale } from 'seckill-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SEEN_WITHIN_MS, useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, seeStep, signIn } from './support/buyer.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;

beforeAll(async () => {
  shop = await startShop(servers);
});
afterAll(() => shop?.close());

/** Runs in the page. It sees only the attempts that this tab has stored, as in a tab whose process is busy. */
function hideWhatOtherTabsStore(): void {
  const { getItem, setItem } = Storage.prototype;
  const own = new Map<string, string>();
  Storage.prototype.setItem = function (key, value) {
    own.set(key, value);
    setItem.call(this, key, value);
  };
  Storage.prototype.getItem = function (key) {
    return key.startsWith('seckill.attempt.') ? (own.get(key) ?? null) : getItem.call(this, key);
  };
}

describe('a buyer', () => {
  test('wins, pays, and sees PAID without a reload', async () => {
    const page = await browser.page(shop.pageOf(await shop.openSale()));
    await signIn(page, 'ada');
    await buyButton(page).click();
    await seeStatus(page, 'ORDERED');
    expect(await page.locator('.pay-within').textContent()).toMatch(/(10:00|09:\d\d)$/);
    const opened = page.context().waitForEvent('page');
    await page.getByRole('button', { name: 'Pay now' }).click();
    const checkout = await opened;
    await checkout.getByRole('button', { name: 'Pay' }).click();
    await seeStatus(page, 'PAID');
  });

  test('does not pay in time, sees the order cancelled, and can buy again', async () => {
    const page = await browser.page(shop.pageOf(await shop.openSale({ payTimeoutSeconds: 5 })));
    await signIn(page, 'bob');
    await buyButton(page).click();
    await seeStatus(page, 'CANCELLED');
    const [first] = await page.locator('.ticket dd.mono').allTextContents();
    await page.getByRole('button', { name: 'Buy again' }).click();
    await buyButton(page).click();
    // In any state: on a busy machine the second one may have expired by now.
    await page
      .locator('.ticket dd.mono')
      .filter({ hasNotText: first ?? '' })
      .waitFor();
  });

  test('cancels, after a confirmation', async () => {
    const page = await browser.page(shop.pageOf(await shop.openSale()));
    await signIn(page, 'carol');
    await buyButton(page).click();
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Keep order' }).click();
    await seeStatus(page, 'ORDERED');
    await page.getByRole('button', { name: 'Cancel order' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel order' }).click();
    await seeStatus(page, 'CANCELLED');
  });

  test('who is too late sees "sold out", and gets a unit that comes back', async () => {
    const sale = await shop.openSale({ stock: 1 });
    const [first, second] = [await browser.page(shop.pageOf(sale)), await browser.page(shop.pageOf(sale))];
    await signIn(first, 'dora');
    await signIn(second, 'eve');
    await buyButton(first).click();
    await seeStatus(first, 'ORDERED');
    await seeStep(second, 'sold-out');
    await second.getByRole('button', { name: 'Try again when units come back' }).click();
    await second.getByText('Waiting for a returned unit').waitFor();
    await first.getByRole('button', { name: 'Cancel order' }).click();
    await first.getByRole('dialog').getByRole('button', { name: 'Cancel order' }).click();
    await seeStatus(first, 'CANCELLED');
    await seeStatus(second, 'ORDERED');
  });

  test('a double click is one reservation', async () => {
    const sale = await shop.openSale({ limitPerUser: 5 });
    const page = await browser.page(shop.pageOf(sale));
    await signIn(page, 'frank');
    await buyButton(page).dblclick();
    await seeStatus(page, 'ORDERED');
    expect(await shop.soldUnits(sale)).toBe(1);
  });

  test.each(['as usual', 'late'])(
    'in two tabs is one reservation, shown in both, if one tab sees the storage of the other %s',
    async (when) => {
      const sale = await shop.openSale({ limitPerUser: 5 });
      const visitor = await browser.visitor();
      if (when === 'late') await visitor.addInitScript(hideWhatOtherTabsStore);
      const [one, two] = [await visitor.newPage(), await visitor.newPage()];
      await one.goto(shop.pageOf(sale));
      await signIn(one, 'gina');
      await two.goto(shop.pageOf(sale));
      const buttons = await Promise.all([one, two].map((tab) => buyButton(tab).elementHandle()));
      await Promise.all(buttons.map((button) => button?.evaluate((element) => (element as HTMLElement).click())));
      await Promise.all([seeStatus(one, 'ORDERED'), seeStatus(two, 'ORDERED')]);
      expect(await shop.soldUnits(sale)).toBe(1);
    },
  );

  test('buys the quantity they choose', async () => {
    const sale = await shop.openSale({ limitPerUser: 3 });
    const page = await browser.page(shop.pageOf(sale));
    await signIn(page, 'hal');
    await page.getByRole('button', { name: 'One more' }).click();
    await buyButton(page).click();
    await seeStatus(page, 'ORDERED');
    await page.getByText('€98.00').waitFor();
    expect(await shop.soldUnits(sale)).toBe(2);
  });

  test('finds the reservation again after a reload', async () => {
    const page = await browser.page(shop.pageOf(await shop.openSale()));
    await signIn(page, 'ivan');
    await buyButton(page).click();
    await seeStatus(page, 'ORDERED');
    await page.reload();
    await seeStatus(page, 'ORDERED');
  });
});

describe('the start', () => {
  const LONGEST_LEAD_MS = 32_000;

  /**
   * Runs `act` on the page of a sale before it starts. If the machine was too slow, a new sale starts later. Everything that does not
   * need that page happens before the sale is created.
   */
  async function beforeTheStart(userId: string, page: Page, act: () => Promise<void>, limitPerUser = 1): Promise<AdminSale> {
    await page.goto(`${shop.url}/`);
    await signIn(page, userId);
    for (let startsInMs = 8_000; ; startsInMs *= 2) {
      const sale = await shop.openSale({ startsInMs, limitPerUser });
      const hasStarted = () => Date.now() >= Date.parse(sale.startsAt);
      // Anything later comes after the start.
      page.setDefaultTimeout(startsInMs);
      try {
        await page.goto(shop.pageOf(sale));
        await act();
        if (!hasStarted()) return sale;
      } catch (error) {
        if (!hasStarted() || startsInMs >= LONGEST_LEAD_MS) throw error;
      } finally {
        page.setDefaultTimeout(SEEN_WITHIN_MS);
      }
    }
  }
  const newPage = async () => (await browser.visitor()).newPage();

  test.each([-10, 10])("is on the server's clock, even on a phone whose clock is %i minutes off", async (minutesOff) => {
    const visitor = await browser.visitor();
    await visitor.addInitScript((off) => {
      const Real = Date;
      class Shifted extends Real {
        constructor(...args: number[]) {
          super(...((args.length === 0 ? [Real.now() + off] : args) as [number]));
        }
        static override now = () => Real.now() + off;
      }
      globalThis.Date = Shifted as DateConstructor;
    }, minutesOff * 60_000);
    const page = await visitor.newPage();
    const tries: number[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/api/reservations')) tries.push(Date.now());
    });
    const { startsAt } = await beforeTheStart(`clock${minutesOff}`, page, async () => {
      tries.length = 0;
      await page.getByRole('button', { name: 'Buy for me at the start' }).click();
    });
    await seeStatus(page, 'ORDERED');
    const late = (tries[0] ?? 0) - Date.parse(startsAt);
    // The clock is estimated from answers, to half the shortest round trip: seconds on a busy machine. But it is never minutes off.
    expect(late).toBeGreaterThan(-4_000);
    expect(late).toBeLessThan(60_000);
  });

  test('fetches a token before the start, and a press at zero buys', async () => {
    const page = await newPage();
    await beforeTheStart('jane', page, () => seeStep(page, 'armed'));
    await buyButton(page).click();
    await seeStatus(page, 'ORDERED');
  });

  test('a press before the start survives a reload', async () => {
    const page = await newPage();
    await beforeTheStart('kim', page, async () => {
      await page.getByRole('button', { name: 'Buy for me at the start' }).click();
      await page.reload();
      await page.getByText('You are all set').waitFor();
    });
    await seeStatus(page, 'ORDERED');
  });

  test('a press before the start can be withdrawn, and until then its quantity is fixed', async () => {
    const page = await newPage();
    const takeBack = async () => {
      await page.getByRole('button', { name: 'One more' }).click();
      await page.getByRole('button', { name: 'Buy for me at the start' }).click();
      await page.getByRole('button', { name: 'One more' }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Stop trying' }).click();
    };
    const sale = await beforeTheStart('leo', page, takeBack, 3);
    await seeStep(page, 'ready');
    expect(await shop.soldUnits(sale)).toBe(0);
  });
});
