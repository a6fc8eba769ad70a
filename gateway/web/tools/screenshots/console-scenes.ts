import { setTimeout as sleep } from 'node:timers/promises';
import type { AdminSale } from 'seckill-core';
import { Crowd, saleDraft, saleToRush } from 'simulation';
import { SCREEN, type Stage } from './camera.ts';

const BUYERS = 1_500;
const PAY_TIMEOUT_SECONDS = 30;
/** After the rush, while buyers pay. */
const SHOT_AFTER_MS = 22_000;
/** Enough time for unpaid units to come back, and to be bought and paid. */
const REST_MS = 80_000;

/** A sale with a crowd in the operator's console, light and dark, and its report. */
export async function consoleScenes(stage: Stage): Promise<void> {
  const { camera, operator, platform } = stage;
  const items = [
    { title: 'Brass desk lamp', priceCents: 4_900, currency: 'EUR', stock: 300, limitPerUser: 1 },
    { title: 'Walnut wall clock', priceCents: 12_900, currency: 'EUR', stock: 120, limitPerUser: 1 },
  ];
  const sale = await operator.openSale(
    saleDraft({
      title: 'Friday night lamps',
      startsInMs: 30_000,
      payTimeoutSeconds: PAY_TIMEOUT_SECONDS,
      rateLimit: { ratePerSecond: 200, burst: 100 },
      items,
    }),
  );
  const address = `/console/sales/${sale.saleId}`;
  const pages = {
    console: await camera.operator(platform.adminToken, address, SCREEN),
    'console-dark': await camera.operator(platform.adminToken, address, { ...SCREEN, colorScheme: 'dark' }),
  };
  const crowds = sale.items.map((_, i) => crowdFor(stage, Math.round(BUYERS / items.length), sale, i));
  await sleep(Date.parse(sale.startsAt) + SHOT_AFTER_MS - Date.now());
  for (const [name, page] of Object.entries(pages)) await camera.keep(page, name);

  await sleep(REST_MS);
  await operator.command(sale.saleId, 'close');
  for (const crowd of crowds) crowd.stop();
  await sleep(PAY_TIMEOUT_SECONDS * 1_000);
  const report = await camera.operator(platform.adminToken, address, { viewport: { width: 1440, height: 1000 } });
  await report.getByText('Everything adds up').waitFor();
  await camera.keep(report, 'report');
}

function crowdFor(stage: Stage, buyers: number, sale: AdminSale, item: number): Crowd {
  const { client, platform } = stage;
  const behaviour = { thinkMs: [500, 18_000] as [number, number], patienceMs: REST_MS };
  const crowd = new Crowd({ client, gateways: platform.gatewayUrls, buyers, name: `${stage.crowdName}-${item}`, behaviour });
  void crowd.buy(saleToRush(sale, item));
  return crowd;
}
