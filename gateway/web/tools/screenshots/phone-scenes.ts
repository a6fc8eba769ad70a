import { type SaleDraft, saleDraft } from 'simulation';
import { PHONE, type Stage } from './camera.ts';

/** The storefront on a phone: before the start, an order to pay (Chinese, dark), and a paid order. */
export async function phoneScenes(stage: Stage): Promise<void> {
  const { camera, operator } = stage;
  const openSale = (draft: SaleDraft) =>
    operator.openSale(saleDraft({ payTimeoutSeconds: 900, rateLimit: { ratePerSecond: 200, burst: 100 }, ...draft }));
  const lamp = { title: 'Brass desk lamp', priceCents: 4_900, currency: 'EUR', stock: 300, limitPerUser: 2 };
  const soon = await openSale({ title: 'Friday night lamps', startsInMs: 100_000, items: [lamp] });
  const early = await camera.buyer('ada', PHONE);
  await early.goto(`/sale/${soon.saleId}`);
  await early.getByRole('button', { name: 'Buy for me at the start' }).click();
  await early.getByText('You are all set').waitFor();
  await camera.keep(early, 'storefront-countdown');

  const running = await openSale({
    title: '周五台灯之夜',
    startsInMs: -1_000,
    items: [{ ...lamp, title: '黄铜台灯', priceCents: 38_800, currency: 'CNY' }],
  });
  const buyer = await camera.buyer('lin', { ...PHONE, locale: 'zh-CN', colorScheme: 'dark' });
  await buyer.goto(`/sale/${running.saleId}`);
  await buyer.getByRole('button', { name: '立即抢购' }).click();
  await buyer.locator('.ticket[data-status="ORDERED"]').waitFor();
  await camera.keep(buyer, 'storefront-pay');

  const over = await openSale({ title: 'Friday night lamps', startsInMs: -1_000, items: [lamp] });
  const payer = await camera.buyer('grace', PHONE);
  await payer.goto(`/sale/${over.saleId}`);
  await payer.getByRole('button', { name: 'Buy now' }).click();
  const checkout = payer.context().waitForEvent('page');
  await payer.getByRole('button', { name: 'Pay now' }).click();
  await (await checkout).getByRole('button', { name: 'Pay' }).click();
  await payer.locator('.ticket[data-status="PAID"]').waitFor();
  await camera.keep(payer, 'storefront-paid');
  for (const { saleId } of [soon, running, over]) await operator.command(saleId, 'close');
}
