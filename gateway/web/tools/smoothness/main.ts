import { startPlatform, stopOnSignal } from 'dev';
import { ensureChromium } from 'dev/chromium';
import { Generator, openBenchSale } from 'loadtest';
import { chromium, type Page } from 'playwright-core';
import { findOnlookers, HttpClient, Operator, openLive } from 'simulation';
import { Camera } from '../screenshots/camera.ts';
import { watchFrames } from './watch-frames.ts';

// How smooth the two pages stay while a thousand other pages hold a live stream and buyers win as fast as the gateway can answer.
// The browser shares this machine's cores with everything else, so the pages' own CPU time counts, beside the frames.
const STREAMS = 1_000;
const SECONDS = 10;
const CONNECTIONS = 100;
/** More than can be sent in that time. */
const TOKENS = SECONDS * 60_000;
const VIEW = { viewport: { width: 1280, height: 900 } };

const executablePath = await ensureChromium(console.log);
if (executablePath === undefined) process.exit(1);
const platform = await startPlatform({
  label: 'smoothness',
  env: { LOG_LEVEL: 'warn', NODE_ENV: 'production' },
  say: console.log,
});
const url = platform.gatewayUrls[0] ?? '';
const client = new HttpClient({ timeoutMs: 60_000 });
const generator = await Generator.start();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const camera = new Camera(browser, url);
stopOnSignal(stop, { exitCode: 1 });

try {
  const { saleId, itemIds } = await openBenchSale(new Operator(platform, client), { title: 'smoothness', stock: 10_000_000 });
  console.log(`Opening ${STREAMS} live streams.`);
  const onlookers = await findOnlookers(client, { gateway: url, saleId, itemId: itemIds[0] ?? '', count: STREAMS });
  const streams = await Promise.all(onlookers.map((onlooker) => openLive(url, onlooker)));
  const open = streams.filter(({ statusCode }) => statusCode === 200).length;
  const pages = {
    storefront: await openStorefront(saleId),
    console: await camera.operator(platform.adminToken, `/console/sales/${saleId}`, VIEW),
  };

  console.log(`\n${'page'.padEnd(28)} frames/s  gap p95 ms  longest ms  of its time busy`);
  await measure('no buyers', pages, () => new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000)));
  const go = await generator.prepare({
    origins: [url],
    connections: CONNECTIONS,
    seconds: SECONDS,
    bodies: {
      kind: 'tokens',
      count: TOKENS,
      secret: platform.tokenSecret,
      itemIds,
      users: TOKENS,
      expiresAt: Math.floor(Date.now() / 1_000) + 3_600,
    },
  });
  const rush = await measure('rush', pages, go);
  const won = rush.byStatus['202']?.count ?? 0;
  console.log(
    `\n${Math.round(won / rush.seconds)} wins a second, p99 ${rush.byStatus['202']?.p99Ms} ms, beside ${open} open streams and both pages.`,
  );
  for (const stream of streams) stream.destroy();
  await Promise.all(Object.values(pages).map((page) => page.close()));
} finally {
  await stop();
}

async function openStorefront(saleId: string): Promise<Page> {
  const page = await camera.buyer('smooth-buyer', VIEW);
  await page.goto(`/sale/${saleId}`);
  await page.getByRole('button', { name: 'Buy' }).click();
  await page.getByRole('button', { name: 'Pay' }).waitFor();
  return page;
}

async function measure<Value>(what: string, pages: Record<string, Page>, work: () => Promise<Value>): Promise<Value> {
  const watched = await Promise.all(Object.entries(pages).map(async ([name, page]) => ({ name, stop: await watchFrames(page) })));
  const value = await work();
  for (const { name, stop: end } of watched) {
    const { perSecond, gapP95Ms, longestMs, busy } = await end();
    const figures = [perSecond.toFixed(0).padStart(8), gapP95Ms.toFixed(0).padStart(11), longestMs.toFixed(0).padStart(11)];
    console.log(`${`${name}, ${what}`.padEnd(28)} ${figures.join(' ')} ${`${(busy * 100).toFixed(1)} %`.padStart(17)}`);
  }
  return value;
}

async function stop(): Promise<void> {
  await browser.close();
  generator.stop();
  client.close();
  await platform.stop();
}
