import { readFileSync } from 'node:fs';
import { useTestServers } from 'dev/test';
import { type AdminSale, connectNats, paymentReceived, type SaleReport } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { saleDraft } from 'simulation';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBrowser } from './support/browser.ts';
import { buyButton, seeStatus, seeStep, signIn } from './support/buyer.ts';
import { layCable } from './support/cable.ts';
import { chartValue, openConsole } from './support/operator.ts';
import { askUntilThere, type Shop, startShop } from './support/shop.ts';

const servers = useTestServers();
const browser = useBrowser();
let shop: Shop;

beforeAll(async () => {
  shop = await startShop(servers);
});
afterAll(() => shop?.close());

const operator = async (address?: string) => {
  const page = await (await browser.visitor()).newPage();
  await openConsole(page, shop, address);
  return page;
};

/** In the format of a `datetime-local` field. */
const localTime = (time: number) => new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);

describe('signing in', () => {
  test('with the wrong token shows an error', async () => {
    const page = await browser.page(`${shop.url}/console`);
    await page.getByLabel('Admin token').fill('guess');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'not the admin token' }).waitFor();
  });

  test('survives a reload, and ends with "Sign out"', async () => {
    const page = await operator();
    await page.reload();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Admin token').waitFor();
  });
});

describe('an operator', () => {
  test('creates, publishes, pauses, resumes, restocks and closes, and buyers see it', async () => {
    const page = await operator('/console/new');
    await page.getByLabel('Title').fill('Lamps at night');
    await page.getByLabel('Starts', { exact: true }).fill(localTime(Date.now() + 600_000));
    await page.getByLabel('Ends', { exact: true }).fill(localTime(Date.now() + 3_600_000));
    await page.getByLabel('Name').fill('Brass lamp');
    await page.getByLabel('Price').fill('49.90');
    await page.getByLabel('Units').fill('1');
    await page.getByRole('region', { name: 'Preview' }).getByText('€49.90').waitFor();
    await page.getByText('worth €49.90 at full price').waitFor();
    await page.getByRole('button', { name: 'Create draft' }).click();
    await page.getByRole('button', { name: 'Publish' }).waitFor();
    const saleId = page.url().split('/').at(-1) ?? '';

    const buyer = await browser.page(`${shop.url}/sale/${saleId}`);
    await buyer.getByText('Sale not found').waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByRole('button', { name: 'Publish “Lamps at night”' }).click();
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await buyer.reload();
    await buyer.getByText('Starts in').waitFor();

    // It starts in ten minutes, which is too long for a test. The rest uses a sale that is already live.
    const { saleId: running } = await shop.openSale({ title: 'Lamps now', stock: 1 });
    await page.goto(`${shop.url}/console/sales/${running}`);
    await buyer.goto(`${shop.url}/sale/${running}`);
    await signIn(buyer, 'ada');
    await page.getByRole('button', { name: 'Pause' }).click();
    await seeStep(buyer, 'paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await buyButton(buyer).click();
    await seeStatus(buyer, 'ORDERED');

    const late = await browser.page(`${shop.url}/sale/${running}`);
    await signIn(late, 'bob');
    await seeStep(late, 'sold-out');
    // Returned units are shown before they can be won, since a gateway may still believe "sold out". A buyer who waits gets one.
    await late.getByRole('button', { name: 'Try again when units come back' }).click();
    await page.getByLabel('Units to add to Lamp').fill('3');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await seeStatus(late, 'ORDERED');
    expect((await shop.operator.sale(running)).items[0]?.stock).toBe(4);

    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('dialog').getByText('2 units stay unsold').waitFor();
    await page.getByRole('button', { name: 'Close “Lamps now”' }).click();
    await page.locator('.badge', { hasText: 'Over' }).waitFor();
    const third = await browser.page(`${shop.url}/sale/${running}`);
    await third.getByText('The sale is over').waitFor();
  });

  test('sees the faults of a sale before it is sent, and gets to the first one', async () => {
    const page = await operator('/console/new');
    await page.getByLabel('Starts', { exact: true }).fill(localTime(Date.now() - 3_600_000));
    await page.getByLabel('Price').fill('4,90');
    await page.getByLabel('Limit per buyer').fill('500');
    await page.getByRole('button', { name: 'Create draft' }).click();
    for (const fault of [
      'Enter a title.',
      'This time is in the past.',
      'Enter a price like 49 or 49.90.',
      'This is more than the stock.',
    ]) {
      await page.getByText(fault).waitFor();
    }
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('title');
    expect((await shop.operator.call<{ sales: AdminSale[] }>('GET', '/sales')).sales.filter(({ title }) => title === '')).toEqual(
      [],
    );
  });

  test('adds stock once, even if the answer is lost', async () => {
    const { saleId } = await shop.openSale({ stock: 5 });
    const page = await operator(`/console/sales/${saleId}`);
    let lost = false;
    await page.route('**/stock', async (route) => {
      if (lost) return route.continue();
      lost = true;
      await route.fetch();
      await route.abort();
    });
    await page.getByLabel('Units to add to Lamp').fill('10');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('alert').waitFor();
    const answered = page.waitForResponse('**/stock');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await answered;
    await page.getByRole('alert').waitFor({ state: 'detached' });
    expect((await shop.operator.sale(saleId)).items[0]?.stock).toBe(15);
  });
});

test('lists longer than a page go on at a button', async () => {
  const titles = ['The older sale', 'The newer sale'];
  for (const title of titles) await shop.operator.createSale(saleDraft({ title }));
  const page = await (await browser.visitor()).newPage();
  await page.route('**/api/admin/sales?*', (route) =>
    route.continue({ url: route.request().url().replace('limit=100', 'limit=1') }),
  );
  await openConsole(page, shop);
  const table = page.getByRole('region', { name: 'Table of sales' });
  await table.getByText('The newer sale').waitFor();
  expect(await table.getByText('The older sale').count()).toBe(0);
  await page.getByRole('button', { name: 'Show older sales' }).click();
  await table.getByText('The older sale').waitFor();
  await table.getByText('The newer sale').waitFor();
});

describe('during a sale', () => {
  test('the charts show the numbers that /metrics shows', async () => {
    const sale = await shop.openSale({ stock: 3 });
    const page = await operator();
    const itemId = sale.items[0]?.itemId ?? '';
    await Promise.all(Array.from({ length: 12 }, (_, i) => buyOverHttp(sale.saleId, itemId, `crowd-${i}`)));
    const metrics = await (await fetch(`${shop.url}/metrics`)).text();
    for (const outcome of ['RESERVED', 'SOLD_OUT']) {
      const counted = new RegExp(`answers_total\\{route="/api/reservations",outcome="${outcome}"\\} (\\d+)`).exec(metrics)?.[1];
      expect(Number(counted)).toBeGreaterThan(0);
      await chartValue(page, 'Answers, all sales', outcome)
        .filter({ hasText: `${counted} in all` })
        .waitFor();
    }
    await page.goto(`${shop.url}/console/sales/${sale.saleId}`);
    await chartValue(page, 'Stock left', 'left').filter({ hasText: '0' }).waitFor();
    await chartValue(page, 'Orders by state', 'pendingPayment').filter({ hasText: '3' }).waitFor();
    await chartValue(page, 'Payment deadlines ahead', 'deadlines').filter({ hasText: '3' }).waitFor();
    await expect.poll(() => page.locator('figure canvas').count()).toBe(7);
  });

  test('the charts go on when a line ends, as the counts of a gateway that was replaced do', async () => {
    const page = await (await browser.visitor()).newPage();
    const outcomes = [['RESERVED', 'SOLD_OUT'], ['RESERVED']];
    await page.route('**/api/admin/live', (route) => {
      const answers = Object.fromEntries((outcomes.shift() ?? []).map((outcome) => [outcome, { total: 3, perSecond: 1 }]));
      const known = {
        latencyMs: { won: null, others: null },
        sales: [],
        workerAnswers: true,
        queues: [],
        deadLetters: 0,
        refusedRefunds: 0,
        processes: [],
      };
      const frame = JSON.stringify({ at: Date.now(), answers, ...known });
      return route.fulfill({ contentType: 'text/event-stream', body: `event: frame\ndata: ${frame}\n\n` });
    });
    await openConsole(page, shop);
    const soldOut = chartValue(page, 'Answers, all sales', 'SOLD_OUT');
    await soldOut.waitFor();
    await soldOut.waitFor({ state: 'detached' });
    await page.getByRole('figure').filter({ hasText: 'Answers, all sales' }).locator('canvas').waitFor();
  });

  test('the audit is a list of checks that hold', async () => {
    const { saleId } = await shop.openSale();
    const page = await operator(`/console/sales/${saleId}`);
    await page.getByText('Everything adds up').waitFor();
    expect(await page.locator('.checks li').count()).toBeGreaterThan(5);
    expect(await page.locator('.checks li[data-holds="false"]').count()).toBe(0);
  });

  test('an audit that does not hold shows what is wrong, at the top of the page too', async () => {
    const { saleId, items } = await shop.openSale();
    const page = await operator(`/console/sales/${saleId}`);
    await page.getByText('Everything adds up').waitFor();
    const prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 1 });
    await prisma.item.update({ where: { id: items[0]?.itemId ?? '' }, data: { sold: 1 } });
    await prisma.$disconnect();
    await page.getByRole('button', { name: 'Audit again' }).click();
    await page.getByText('It does not add up').waitFor();
    await page.getByText('The books do not balance').waitFor();
    const broken = page.locator('.checks li[data-holds="false"]');
    await broken.filter({ hasText: "Each item's sold column equals the units of its live orders" }).waitFor();
  });

  test('an audit that takes long shows its progress, and then its result', async () => {
    const { saleId } = await shop.openSale();
    const page = await operator();
    const progress = { done: 3, total: 15, unit: 'checks' };
    const job = { jobId: saleId, kind: 'audit', saleId, arguments: {}, state: 'RUNNING', progress, createdAt: new Date() };
    await page.route('**/audit', (route) => route.fulfill({ status: 202, json: job }));
    let end = () => {};
    const ends = new Promise<void>((resolve) => {
      end = resolve;
    });
    await page.route('**/jobs/*', async (route) => {
      await ends;
      const result = { saleId, holds: true, oversold: 0, lost: 0, duplicated: 0, stockLeft: 42, drift: 0, checks: [] };
      await route.fulfill({ json: { ...job, state: 'DONE', result } });
    });
    await page.goto(`${shop.url}/console/sales/${saleId}`);
    await page.getByRole('status').filter({ hasText: 'Auditing: 3 of 15 checks' }).waitFor();
    end();
    await page.getByText('Everything adds up').waitFor();
    await page.getByText('Auditing').waitFor({ state: 'detached' });
    expect(await page.locator('.audit-numbers').innerText()).toContain('42');
  });

  test('a repair says what it would do, does it when the operator agrees, and says what it did', async () => {
    const { saleId, items } = await shop.openSale();
    const prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 1 });
    const id = items[0]?.itemId ?? '';
    await prisma.item.update({ where: { id }, data: { sold: 1 } });
    const page = await operator(`/console/sales/${saleId}`);
    await page.getByRole('button', { name: 'Repair…' }).waitFor();
    // An audit that began before the repair and ends after it. Only the dialog asks without a wait.
    let end = () => {};
    const ends = new Promise<void>((resolve) => {
      end = resolve;
    });
    await page.route('**/audit', async (route) => {
      if (route.request().headers()['prefer'] === 'wait=0') return route.fallback();
      await ends;
      const stale = { saleId, holds: false, oversold: 0, lost: 0, duplicated: 0, stockLeft: 0, drift: 1, checks: [] };
      await route.fulfill({ json: stale });
    });
    await page.getByRole('button', { name: 'Audit again' }).click();
    await page.getByRole('button', { name: 'Repair…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Repair this sale' });
    await dialog.getByText('The repair sets').waitFor();
    expect(await prisma.item.findUnique({ where: { id } })).toMatchObject({ sold: 1 });
    await dialog.getByRole('button', { name: 'Make 1 repair' }).click();
    await dialog.getByText('The repair goes on if you close this.').waitFor();
    expect(await dialog.getByRole('button', { name: 'Not now' }).count()).toBe(0);
    await dialog.getByText('The audit holds now.').waitFor();
    expect(await prisma.item.findUnique({ where: { id } })).toMatchObject({ sold: 0 });
    await prisma.$disconnect();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await page.getByText('Everything adds up').waitFor();
    end();
    await page.getByRole('button', { name: 'Audit again' }).waitFor();
    expect(await page.getByText('Everything adds up').count()).toBe(1);
  });

  test('a dead letter is listed with its reason', async () => {
    const page = await operator();
    const letters = page.locator('section', { hasText: 'Dead letters' });
    await letters.getByText('No dead letters: every message was handled.').waitFor();
    const nc = await connectNats(servers.natsUrl, 'test');
    nc.publish(paymentReceived.subject({ orderId: 'no-order' }), 'no event');
    await nc.drain();
    await letters.getByRole('row').filter({ hasText: 'payments' }).waitFor();
    await page.getByText('1 message could not be handled').waitFor();
  });

  test('a gateway and a worker are listed with their age', async () => {
    const page = await operator();
    const table = page.getByRole('region', { name: 'Table of processes' });
    await table.getByText('gateway', { exact: true }).waitFor();
    await table.getByText('order-worker', { exact: true }).waitFor();
  });

  test('a gateway that does not answer causes an alarm with the age of the figures, until it is back', async ({
    onTestFinished,
  }) => {
    const cable = await layCable(shop.url);
    onTestFinished(cable.close);
    const page = await (await browser.visitor()).newPage();
    await openConsole(page, { ...shop, url: cable.url });
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    await page.getByRole('region', { name: 'Table of processes' }).getByText('gateway', { exact: true }).waitFor();
    cable.cut();
    await page.getByText('These figures are from').waitFor();
    cable.mend();
    await page.getByText('These figures are from').waitFor({ state: 'detached' });
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  });
});

describe('the report', () => {
  test('of a finished sale can be downloaded', async () => {
    const sale = await shop.openSale({ title: 'Über: "Licht"', stock: 2 });
    const itemId = sale.items[0]?.itemId ?? '';
    await Promise.all(Array.from({ length: 2 }, (_, i) => buyOverHttp(sale.saleId, itemId, `guest-${i}`)));
    // Gateways store their answer counts every two seconds, and workers create the orders in their own time.
    await expect
      .poll(() => shop.operator.call<SaleReport>('GET', `/sales/${sale.saleId}/report`))
      .toMatchObject({ funnel: { tokens: 2, won: 2, ordered: 2 }, answers: { RESERVED: 2 } });
    await shop.operator.command(sale.saleId, 'close');
    const page = await operator(`/console/sales/${sale.saleId}`);
    await page.getByText('From token to payment').waitFor();

    const json = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download JSON' }).click();
    expect((await json).suggestedFilename()).toMatch(/^\d{4}-\d\d-\d\d-über-licht\.json$/);
    const report = JSON.parse(readFileSync(await (await json).path(), 'utf8')) as SaleReport;
    // An attempt that met a stalled gateway was repeated.
    const tries = 2 + (report.answers['UNAVAILABLE'] ?? 0);
    expect(report.funnel).toMatchObject({ tokens: 2, tries, won: 2, paid: 0 });
    expect(report.answers).toMatchObject({ RESERVED: 2 });

    const csv = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download CSV' }).click();
    const text = readFileSync(await (await csv).path(), 'utf8');
    expect(text).toContain(`${sale.saleId},"Über: ""Licht""",`);
    expect(text).toContain(`${itemId},Lamp,4900,EUR,2,2,2,0,2,0,0,0`);
    expect(text).toContain('RESERVED,2');
  });

  test('says the revenue of each currency', async () => {
    const lamp = { title: 'Lamp', stock: 2 };
    const sale = await shop.openSale({
      items: [
        { ...lamp, priceCents: 4_900, currency: 'EUR' },
        { ...lamp, priceCents: 5_500, currency: 'USD' },
      ],
    });
    await Promise.all(sale.items.map(({ itemId }, i) => buyOverHttp(sale.saleId, itemId, `payer-${i}`)));
    await expect.poll(() => shop.soldUnits(sale)).toBe(2);
    const prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 1 });
    await prisma.order.updateMany({ where: { saleId: sale.saleId }, data: { status: 'PAID', settledAt: new Date() } });
    await prisma.$disconnect();
    await shop.operator.command(sale.saleId, 'close');
    const page = await operator(`/console/sales/${sale.saleId}`);
    await page.getByText('€49.00 + $55.00').waitFor();
  });
});

/** A buyer without a browser: signs in, gets a token, and retries until there is an answer. */
async function buyOverHttp(saleId: string, itemId: string, userId: string): Promise<void> {
  const post = async (path: string, body?: object, accessToken?: string) => {
    const headers = {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
    };
    const response = await askUntilThere(`${shop.url}${path}`, {
      method: 'POST',
      headers,
      body: body === undefined ? null : JSON.stringify(body),
    });
    return (await response.json()) as Record<string, string>;
  };
  const { accessToken } = await post('/api/dev/login', { userId });
  const { purchaseToken } = await post(`/api/sales/${saleId}/items/${itemId}/purchase-token`, undefined, accessToken);
  await post('/api/reservations', { purchaseToken });
}
