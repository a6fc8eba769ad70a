import { Crowd, type SaleDraft, saleDraft, saleToRush } from 'simulation';
import { PHONE, type Stage } from './camera.ts';

/** Fewer than units. */
const CROWD = 250;
/** Slow enough for a wait of minutes. */
const RATE = { ratePerSecond: 2, burst: 2 };

/** Waiting rooms on a phone: in a draw, in a queue behind a crowd, and the turn (Chinese, dark). */
export async function roomScenes(stage: Stage): Promise<void> {
  const { camera, operator } = stage;
  const lamp = { title: 'Brass desk lamp', priceCents: 4_900, currency: 'EUR', stock: 300, limitPerUser: 1 };
  const openSale = (draft: SaleDraft) => operator.openSale(saleDraft({ payTimeoutSeconds: 900, rateLimit: RATE, ...draft }));

  const draw = await openSale({ title: 'Friday night lamps', admission: 'draw', startsInMs: 3_600_000, items: [lamp] });
  const entrant = await camera.buyer('ada', PHONE);
  await entrant.goto(`/sale/${draw.saleId}`);
  await entrant.getByRole('button', { name: 'Enter the draw' }).click();
  await entrant.getByText('You are in the draw').waitFor();
  await camera.keep(entrant, 'storefront-draw');

  const queue = await openSale({ title: 'Friday night lamps', admission: 'queue', startsInMs: 8_000, items: [lamp] });
  const crowd = crowdFor(stage, queue);
  const late = await camera.buyer('grace', PHONE);
  await late.goto(`/sale/${queue.saleId}`);
  await late.getByText('Ends in').waitFor();
  await late.getByRole('button', { name: 'Join the queue' }).click();
  await late.getByText('People ahead').waitFor();
  await camera.keep(late, 'storefront-queue');
  crowd.stop();

  const running = await openSale({
    title: '周五台灯之夜',
    admission: 'queue',
    items: [{ ...lamp, title: '黄铜台灯', priceCents: 38_800, currency: 'CNY' }],
  });
  const buyer = await camera.buyer('lin', { ...PHONE, locale: 'zh-CN', colorScheme: 'dark' });
  await buyer.goto(`/sale/${running.saleId}`);
  await buyer.getByRole('button', { name: '加入排队' }).click();
  await buyer
    .locator('.buy-within b')
    .filter({ hasText: /^0[12]:/ })
    .waitFor();
  await camera.keep(buyer, 'storefront-turn');
  for (const { saleId } of [draw, queue, running]) await operator.command(saleId, 'close');
}

function crowdFor({ client, platform, crowdName }: Stage, sale: Parameters<typeof saleToRush>[0]): Crowd {
  const behaviour = { comeLate: 0, missTurn: 0, reload: 0 };
  const crowd = new Crowd({ client, gateways: platform.gatewayUrls, buyers: CROWD, name: `${crowdName}-room`, behaviour });
  void crowd.buy(saleToRush(sale));
  return crowd;
}
