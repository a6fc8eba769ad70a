import { randomBytes } from 'node:crypto';
import { startPlatform, stopOnSignal } from 'dev';
import { ensureChromium } from 'dev/chromium';
import { chromium } from 'playwright-core';
import { HttpClient, Operator } from 'simulation';
import { Camera } from './camera.ts';
import { consoleScenes } from './console-scenes.ts';
import { phoneScenes } from './phone-scenes.ts';
import { roomScenes } from './room-scenes.ts';

// Renews the pictures in docs/images, with a private platform, two sales and a crowd of simulated buyers. Takes about two minutes.
const executablePath = await ensureChromium(console.log);
if (executablePath === undefined) process.exit(1);
const platform = await startPlatform({ gateways: 2, say: console.log, label: 'screenshots' });
const client = new HttpClient({ connections: 100, timeoutMs: 15_000 });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
stopOnSignal(stop, { exitCode: 1 });
try {
  const stage = {
    platform,
    client,
    operator: new Operator(platform, client),
    camera: new Camera(browser, platform.gatewayUrls[0] ?? ''),
    crowdName: randomBytes(3).toString('hex'),
  };
  await phoneScenes(stage);
  await roomScenes(stage);
  await consoleScenes(stage);
} finally {
  await stop();
}

async function stop(): Promise<void> {
  await browser.close();
  client.close();
  await platform.stop();
}
