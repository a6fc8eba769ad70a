import { ensureChromium } from 'dev/chromium';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';

/**
 * Most waits take a second or two. A browser beside servers and other browsers on two cores has taken ten. The page polls for lost
 * news after 25 s, which is fine too.
 */
export const SEEN_WITHIN_MS = 45_000;
const TEST_WITHIN_MS = 180_000;
/** A fresh machine first downloads some hundred megabytes. */
const INSTALL_WITHIN_MS = 10 * 60_000;
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export interface TestBrowser {
  /** A visitor with their own cookies and storage. Every page they see is checked for errors. */
  visitor(options?: BrowserContextOptions): Promise<BrowserContext>;
  /** A page of a new visitor. */
  page(url: string, options?: BrowserContextOptions): Promise<Page>;
}

/**
 * Call this at the top of a test file. Skips its tests if there is no Chromium. After each test it checks that no page has logged or
 * thrown an error, broken its content-security policy, or sent a request to another host.
 */
export function useBrowser(): TestBrowser {
  vi.setConfig({ testTimeout: TEST_WITHIN_MS });
  let browser: Browser | undefined;
  let contexts: BrowserContext[] = [];
  let faults: string[] = [];

  beforeAll(async () => {
    const executablePath = await ensureChromium(console.log);
    if (executablePath !== undefined)
      browser = await chromium.launch({
        executablePath,
        args: ARGUMENTS,
        env: { ...process.env, LANG: 'C.UTF-8' },
        timeout: TEST_WITHIN_MS,
      });
  }, INSTALL_WITHIN_MS);
  afterAll(() => browser?.close());

  beforeEach(({ skip }) => {
    skip(browser === undefined, 'no Chromium');
  });
  afterEach(async () => {
    await Promise.all(contexts.map((context) => context.close()));
    const found = faults;
    contexts = [];
    faults = [];
    expect(found).toEqual([]);
  });

  async function visitor(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    if (browser === undefined) throw new Error('There is no browser.');
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(SEEN_WITHIN_MS);
    contexts.push(context);
    await watch(context, (fault) => faults.push(fault));
    return context;
  }

  return {
    visitor,
    async page(url, options) {
      const page = await (await visitor(options)).newPage();
      await page.goto(url);
      return page;
    },
  };
}

async function watch(context: BrowserContext, found: (fault: string) => void): Promise<void> {
  await context.exposeBinding('foundFault', (_source, fault: string) => found(fault));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => {
      const { foundFault } = globalThis as unknown as { foundFault(fault: string): void };
      foundFault(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  context.on('page', (page) => {
    page.on('pageerror', (error) => found(`thrown: ${error.message}`));
    page.on('console', (message) => {
      // Chromium logs every answer outside 2xx and every failed request. Both are part of a sale.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) found(`logged: ${message.text()}`);
    });
    page.on('request', (request) => {
      // The checkout tab belongs to the payment provider.
      const own = new URL(page.url() === 'about:blank' ? request.url() : page.url()).origin;
      if (!request.isNavigationRequest() && new URL(request.url()).origin !== own) found(`foreign: ${request.url()}`);
    });
  });
}
