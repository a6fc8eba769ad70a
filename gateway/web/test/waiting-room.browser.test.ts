import { useTestServers } from 'dev/test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import type { AdminSale } from 'seckill-core';
import type { SaleDraft } from 'simulation';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from './support/axe.ts';
import { SEEN_WITHIN_MS, useBrowser } from './support/browser.ts';
import { pageOfUser, seeStatus } from './support/buyer.ts';
import { openConsole } from './support/operator.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;

beforeAll(async () => {
  shop = await startShop(servers);
});
afterAll(() => shop?.close());

const LONGEST_LEAD_MS = 64_000;
const PHONE = { viewport: { width: 360, height: 740 }, reducedMotion: 'reduce' } as const;

const seePlace = (page: Page, ...states: string[]) =>
  page.locator(states.map((state) => `.place[data-state="${state}"]`).join(', ')).waitFor();

const pageOf = async (userId: string, options: BrowserContextOptions = {}) =>
  pageOfUser(await browser.visitor(options), shop, userId);

/** Runs `join` on the pages of a sale that has not started. If the machine was too slow, a new sale starts later. */
async function beforeTheStart(draft: SaleDraft, pages: readonly Page[], join: (page: Page) => Promise<void>): Promise<AdminSale> {
  for (let startsInMs = 8_000; ; startsInMs *= 2) {
    const sale = await shop.openSale({ stock: 1, ...draft, startsInMs });
    const hasStarted = () => Date.now() >= Date.parse(sale.startsAt);
    try {
      for (const page of pages) {
        page.setDefaultTimeout(startsInMs);
        await page.goto(shop.pageOf(sale));
        await join(page);
      }
      if (!hasStarted()) return sale;
    } catch (error) {
      if (!hasStarted() || startsInMs >= LONGEST_LEAD_MS) throw error;
    } finally {
      for (const page of pages) page.setDefaultTimeout(SEEN_WITHIN_MS);
    }
  }
}

/** Splits two or more pages into the one whose turn it is and the others. */
async function splitByTurn(pages: readonly Page[], turn = 'turn'): Promise<[Page, ...Page[]]> {
  const lucky = await Promise.any(pages.map((page) => seePlace(page, turn).then(() => page)));
  return [lucky, ...pages.filter((page) => page !== lucky)];
}

const LANGUAGES = [
  {
    locale: 'en-GB',
    join: 'Join the queue',
    enter: 'Enter the draw',
    early: 'You are in the queue',
    entered: 'You are in the draw',
    turn: 'It is your turn',
    next: 'You are next',
    taken: 'All units are taken for now.',
    soldOut: 'Every unit is paid.',
    drawn: 'You were drawn',
    notDrawn: 'Not drawn',
    closed: 'Entries for this draw are closed',
    buy: 'Buy now',
    cancel: 'Cancel order',
    pay: 'Pay now',
    check: 'How to check that the order is fair',
    data: 'Published data',
  },
  {
    locale: 'zh-CN',
    join: '加入排队',
    enter: '参加抽签',
    early: '您已在队列中',
    entered: '您已参加抽签',
    turn: '轮到您了',
    next: '下一位就是您',
    taken: '商品暂时都被占用。',
    soldOut: '所有商品均已付款',
    drawn: '恭喜，您中签了',
    notDrawn: '未中签',
    closed: '抽签报名已截止',
    buy: '立即抢购',
    cancel: '取消订单',
    pay: '去支付',
    check: '如何核对次序是否公平',
    data: '公布的数据',
  },
];

describe.each(LANGUAGES)('in $locale', (say) => {
  const { locale } = say;
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

  test('a queue: turn, waitlist, and sold out for good', async () => {
    const queue: SaleDraft = { admission: 'queue', waitingRoom: { claimSeconds: 120, staleSeconds: 60 } };
    const pages = [await pageOf(`ada ${locale}`, { locale, ...PHONE }), await pageOf(`bob ${locale}`, { locale })];
    const sale = await beforeTheStart(queue, pages, async (page) => {
      await button(page, say.join).click();
      await page.getByText(say.early).waitFor();
    });
    for (const page of pages) expect(await faultsOf(page)).toEqual([]);

    const [first, second = first] = await splitByTurn(pages);
    expect(await first.title()).toContain(say.turn);
    await seePlace(second, 'WAITING');
    await second.getByText(say.next).waitFor();
    for (const page of pages) expect(await faultsOf(page)).toEqual([]);
    expect(await first.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await button(first, say.buy).click();
    await seeStatus(first, 'ORDERED');
    await second.getByText(say.taken).waitFor();

    // The unit comes back, and the next one gets it without a race.
    await button(first, say.cancel).click();
    await button(first, say.cancel).last().click();
    await seeStatus(first, 'CANCELLED');
    await seePlace(second, 'turn');
    await button(second, say.buy).click();
    await seeStatus(second, 'ORDERED');

    const late = await pageOf(`late ${locale}`, { locale });
    await late.goto(shop.pageOf(sale));
    await button(late, say.join).click();
    await seePlace(late, 'WAITING');
    const opened = second.context().waitForEvent('page');
    await button(second, say.pay).click();
    await (await opened).locator('button').first().click();
    await seeStatus(second, 'PAID');
    await seePlace(late, 'SOLD_OUT');
    await late.getByText(say.soldOut).waitFor();
    expect(await faultsOf(late)).toEqual([]);
  });

  test('a draw: drawn, not drawn, too late, and data to check it', async () => {
    const draw: SaleDraft = { admission: 'draw', waitingRoom: { claimSeconds: 120 } };
    const pages = [await pageOf(`dora ${locale}`, { locale, ...PHONE }), await pageOf(`eve ${locale}`, { locale })];
    const sale = await beforeTheStart(draw, pages, async (page) => {
      await button(page, say.enter).click();
      await page.getByText(say.entered).waitFor();
    });
    const [drawn, other = drawn] = await splitByTurn(pages);
    await drawn.getByText(say.drawn).first().waitFor();
    await seePlace(other, 'NOT_DRAWN');
    await other.getByText(say.notDrawn).waitFor();
    await other.getByText(say.check).click();
    const hash = other.getByText((await shop.operator.sale(sale.saleId)).waitingRoom?.seedHash ?? 'no hash');
    await hash.waitFor();
    await other.getByRole('link', { name: say.data }).waitFor();
    for (const page of pages) expect(await faultsOf(page)).toEqual([]);

    const late = await pageOf(`frank ${locale}`, { locale });
    await late.goto(shop.pageOf(sale));
    await late.getByText(say.closed).waitFor();
    expect(await button(late, say.enter).count()).toBe(0);
  });
});

describe('a place', () => {
  const queue: SaleDraft = { admission: 'queue', waitingRoom: { claimSeconds: 600, staleSeconds: 600 } };
  const placeOf = async (page: Page) => page.locator('.place').getAttribute('data-place');

  test('stays the same after a reload and in a second tab, which needs no press', async () => {
    const taker = await pageOf('taker');
    const page = await pageOf('gina');
    const sale = await shop.openSale({ ...queue, stock: 1 });
    for (const each of [taker, page]) {
      await each.goto(shop.pageOf(sale));
      await each.getByRole('button', { name: 'Join the queue' }).click();
      await seePlace(each, 'WAITING', 'turn');
    }
    await seePlace(taker, 'turn');
    const place = await placeOf(page);
    await page.reload();
    await seePlace(page, 'WAITING');
    const tab = await page.context().newPage();
    await tab.goto(shop.pageOf(sale));
    await seePlace(tab, 'WAITING');
    expect([await placeOf(taker), place, await placeOf(page), await placeOf(tab)]).toEqual(['1', '2', '2', '2']);
  });

  test('keeps the focus when its button goes away', async () => {
    const page = await pageOf('hal');
    const sale = await shop.openSale({ ...queue, startsInMs: 600_000 });
    await page.goto(shop.pageOf(sale));
    await page.getByRole('button', { name: 'Join the queue' }).focus();
    await page.keyboard.press('Enter');
    await seePlace(page, 'WAITING');
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('place');
  });

  test('is one for all items of a sale, and its turn opens them all', async () => {
    const page = await pageOf('ida');
    const sale = await shop.openSale({ ...queue, itemCount: 2 });
    await page.goto(shop.pageOf(sale));
    await page.getByText('You can buy this when it is your turn.').first().waitFor();
    await page.getByRole('button', { name: 'Join the queue' }).click();
    await seePlace(page, 'turn');
    await page.getByRole('button', { name: 'Buy now' }).first().waitFor();
    expect(await page.getByRole('button', { name: 'Buy now' }).count()).toBe(2);
    expect(await faultsOf(page)).toEqual([]);
  });
});

describe('a turn', () => {
  /** As on a phone in a pocket: the page hears of the turn, and its buyer does not. */
  const unseen = () => Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });

  test('is taken up by a page that its buyer sees, and lasts as long as the sale says', async () => {
    const page = await pageOf('jane');
    const sale = await shop.openSale({ admission: 'queue', waitingRoom: { claimSeconds: 600, staleSeconds: 5 } });
    await page.goto(shop.pageOf(sale));
    await page.getByRole('button', { name: 'Join the queue' }).click();
    await page
      .locator('.buy-within b')
      .filter({ hasText: /^(10:00|09:\d\d)$/ })
      .waitFor();
    await page.getByRole('button', { name: 'Buy now' }).click();
    await seeStatus(page, 'ORDERED');
  });

  test('that its buyer missed goes to the next one, and the buyer joins again', async () => {
    const visitor = await browser.visitor();
    await visitor.addInitScript(unseen);
    const page = await pageOfUser(visitor, shop, 'kim');
    const sale = await shop.openSale({ admission: 'queue', waitingRoom: { claimSeconds: 600, staleSeconds: 2 } });
    await page.goto(shop.pageOf(sale));
    await page.getByRole('button', { name: 'Join the queue' }).click();
    await page.getByText('You missed your turn').waitFor();
    await page.getByRole('button', { name: 'Join again at the end' }).click();
    await seePlace(page, 'turn');
  });
});

test('an operator creates a draw, announces the hash of its seed, and sees who waits', async () => {
  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop, '/console/new');
  await page.getByLabel('Title').fill('Lamps by draw');
  await page.getByLabel('Name').fill('Brass lamp');
  await page.getByLabel('Price').fill('49.90');
  await page.getByLabel('Draw: everyone').check();
  await page.getByLabel('Seconds to buy').fill('1');
  await page.getByRole('button', { name: 'Create draft' }).click();
  await page.getByText('A whole number from 2 to 604 800 (a week).').waitFor();
  await page.getByLabel('Seconds to buy').fill('300');
  await page.getByRole('region', { name: 'Preview' }).getByText('Enter the draw').waitFor();
  expect(await faultsOf(page)).toEqual([]);
  await page.getByRole('button', { name: 'Create draft' }).click();
  await page.getByText('Announce the hash of the seed').waitFor();
  const saleId = page.url().split('/').at(-1) ?? '';
  const { admission, waitingRoom } = await shop.operator.sale(saleId);
  expect([admission, waitingRoom?.claimSeconds]).toEqual(['draw', 300]);
  await page.getByText(waitingRoom?.seedHash ?? 'no hash').waitFor();

  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('button', { name: 'Publish “Lamps by draw”' }).click();
  const buyer = await pageOf('lea');
  await buyer.goto(`${shop.url}/sale/${saleId}`);
  await buyer.getByRole('button', { name: 'Enter the draw' }).click();
  await seePlace(buyer, 'WAITING');
  await page.locator('.room-facts dd').first().filter({ hasText: /^1$/ }).waitFor();
  expect(await faultsOf(page)).toEqual([]);
});
