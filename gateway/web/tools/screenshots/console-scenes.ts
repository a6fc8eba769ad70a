import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminSale } from 'seckill-core';
import { Crowd } from 'simulation';
import { SCREEN, type Stage } from './camera.ts';
import { adminOf, openSale } from './open-sale.ts';

const BUYERS = 1_500;
const PAY_TIMEOUT_SECONDS = 30;
/** After the rush, while buyers pay. */
const SHOT_AFTER_MS = 22_000;
/** Enough time for unpaid units to come back, and to be bought and paid. */
const REST_MS = 80_000;

/** A sale with a crowd in the operator's console, light and dark, and its report. */
export async function consoleScenes(stage: Stage): Promise<void> {
  const { camera, platform } = stage;
  const items = [
    { title: 'Brass desk lamp', priceCents: 4_900, currency: 'EUR', stock: 300, limitPerUser: 1 },
    { title: 'Walnut wall clock', priceCents: 12_900, currency: 'EUR', stock: 120, limitPerUser: 1 },
  ];
  const sale = await openSale(stage, {
    title: 'Friday night lamps',
    startsInMs: 30_000,
    payTimeoutSeconds: PAY_TIMEOUT_SECONDS,
    items,
  });
  const address = `/console/sales/${sale.saleId}`;
  const pages = {
    console: await camera.operator(platform.adminToken, address, SCREEN),
    'console-dark': await camera.operator(platform.adminToken, address, { ...SCREEN, colorScheme: 'dark' }),
  };
  const crowds = sale.items.map((item, i) =>
    crowdFor(stage, `${stage.crowdName}-${i}`, Math.round(BUYERS / items.length), sale, item),
  );
  await sleep(Date.parse(sale.startsAt) + SHOT_AFTER_MS - Date.now());
  for (const [name, page] of Object.entries(pages)) await camera.keep(page, name);

  await sleep(REST_MS);
  await adminOf(stage).command(sale.saleId, 'close');
  for (const crowd of crowds) crowd.stop();
  await sleep(PAY_TIMEOUT_SECONDS * 1_000);
  const report = await camera.operator(platform.adminToken, address, { viewport: { width: 1440, height: 1000 } });
  await report.getByText('Everything adds up').waitFor();
  await camera.keep(report, 'report');
}

function crowdFor(stage: Stage, name: string, buyers: number, sale: AdminSale, item: AdminSale['items'][number]): Crowd {
  const { client, platform } = stage;
  const behaviour = { thinkMs: [500, 18_000] as [number, number], patienceMs: REST_MS };
  const crowd = new Crowd({ client, gateways: platform.gatewayUrls, buyers, name, behaviour });
  const { saleId } = sale;
  void crowd.buy({ saleId, itemId: item.itemId, stock: item.stock, startsAt: Date.parse(sale.startsAt) });
  return crowd;
}
