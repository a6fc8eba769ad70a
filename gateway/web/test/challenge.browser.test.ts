import { useTestServers } from 'dev/test';
import { connectRedis } from 'order-worker';
import { pino } from 'pino';
import { type RiskRule, writeRiskSettings } from 'seckill-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { faultsOf } from './support/axe.ts';
import { useBrowser } from './support/browser.ts';
import { pageOfUser, seeStatus, seeStep } from './support/buyer.ts';
import { type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;

const USERS = ['scout', ...['ada', 'bob'].flatMap((name) => [`${name} en-GB`, `${name} zh-CN`])];

beforeAll(async () => {
  shop = await startShop(servers);
  const redis = connectRedis(servers.redisUrl, pino({ level: 'silent' }));
  // No worker replaces a version that is higher than its own.
  const rule: RiskRule = {
    ruleId: 'watched',
    name: 'Watched',
    enabled: true,
    action: 'challenge',
    when: { inList: ['watched'] },
  };
  const entries = USERS.map((value) => ({ list: 'watched', kind: 'user', value }) as const);
  await writeRiskSettings(redis, { version: 1_000_000, rules: [rule], entries });
  redis.disconnect();
  await vi.waitUntil(isChallenged, { timeout: 30_000, interval: 200 });
});
afterAll(() => shop?.close());

/** Whether the gateway has read the rule. */
async function isChallenged(): Promise<boolean> {
  const { saleId, items } = await shop.openSale();
  const post = (path: string, init: RequestInit) => fetch(`${shop.url}${path}`, { method: 'POST', ...init });
  const signedIn = await post('/api/dev/login', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ userId: 'scout' }),
  });
  const { accessToken } = (await signedIn.json()) as { accessToken: string };
  const authorization = `Bearer ${accessToken}`;
  const answer = await post(`/api/sales/${saleId}/items/${items[0]?.itemId}/purchase-token`, { headers: { authorization } });
  return 'challenge' in ((await answer.json()) as object);
}

test.each([
  { locale: 'en-GB', buy: 'Buy now', checking: 'Checking that this is not a robot…' },
  { locale: 'zh-CN', buy: '立即抢购', checking: '正在进行安全验证…' },
])('a challenged buyer wins after the page has computed the solution in its worker, in $locale', async ({ locale, buy }) => {
  const page = await pageOfUser(await browser.visitor({ locale }), shop, `ada ${locale}`);
  const sent: { challengeSolution?: string }[] = [];
  const devices = new Set<string | undefined>();
  page.on('request', (request) => {
    if (!/purchase-token$|\/api\/reservations$/.test(request.url())) return;
    devices.add(request.headers()['x-device-id']);
    if (request.url().endsWith('/api/reservations')) sent.push(request.postDataJSON());
  });
  await page.goto(shop.pageOf(await shop.openSale()));
  await page.getByRole('button', { name: buy, exact: true }).click();
  await seeStatus(page, 'ORDERED');
  expect(sent.map(({ challengeSolution = '' }) => challengeSolution.length > 100)).toEqual([true]);
  expect([...devices]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
});

test.each([
  { locale: 'en-GB', buy: 'Buy now', checking: 'Checking that this is not a robot…' },
  { locale: 'zh-CN', buy: '立即抢购', checking: '正在进行安全验证…' },
])('a buyer whose browser cannot compute waits, sees how long, and wins, in $locale', async ({ locale, buy, checking }) => {
  const visitor = await browser.visitor({ locale, reducedMotion: 'reduce' });
  await visitor.addInitScript(() => {
    Reflect.deleteProperty(globalThis, 'Worker');
  });
  const page = await pageOfUser(visitor, shop, `bob ${locale}`);
  await page.goto(shop.pageOf(await shop.openSale()));
  await page.getByRole('button', { name: buy, exact: true }).click();
  await seeStep(page, 'challenged');
  await page.getByText(checking).waitFor();
  expect(await page.locator('.purchase .hint').textContent()).toMatch(/\b\d+\b/);
  expect(await faultsOf(page)).toEqual([]);
  await seeStatus(page, 'ORDERED');
});
