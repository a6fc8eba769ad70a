import { execFileSync } from 'node:child_process';
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findProgram, type Platform } from 'dev';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { HttpClient, Operator } from 'simulation';

/** What every scene needs. */
export interface Stage {
  platform: Platform;
  client: HttpClient;
  operator: Operator;
  camera: Camera;
  /** Prefix of the simulated buyers' names. */
  crowdName: string;
}

const FOLDER = fileURLToPath(new URL('../../../../docs/images/', import.meta.url));
export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
export const SCREEN: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };

/** Opens pages of a gateway and saves screenshots. */
export class Camera {
  readonly #browser: Browser;
  readonly #url: string;
  readonly #pngquant = findProgram('pngquant');

  constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
    mkdirSync(FOLDER, { recursive: true });
  }

  async page(options: BrowserContextOptions): Promise<Page> {
    const context = await this.#browser.newContext({ locale: 'en-GB', ...options, baseURL: this.#url });
    return context.newPage();
  }

  /** A page of a signed-in user. */
  async buyer(userId: string, options: BrowserContextOptions): Promise<Page> {
    const page = await this.page(options);
    const answer = await page.request.post('/api/dev/login', { data: { userId } });
    const { accessToken } = (await answer.json()) as { accessToken: string };
    await page.goto(`/#accessToken=${accessToken}`);
    return page;
  }

  async operator(adminToken: string, address: string, options: BrowserContextOptions): Promise<Page> {
    const page = await this.page(options);
    await page.goto('/console');
    await page.getByLabel('Admin token').fill(adminToken);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    await page.goto(address);
    return page;
  }

  /** Half as large if pngquant is installed. */
  async keep(page: Page, name: string): Promise<void> {
    const path = `${FOLDER}${name}.png`;
    await page.screenshot({ path });
    if (this.#pngquant !== undefined) execFileSync(this.#pngquant, ['--force', '--skip-if-larger', '--ext', '.png', path]);
    console.log(`docs/images/${name}.png  ${Math.round(statSync(path).size / 1_000)} kB`);
  }
}
