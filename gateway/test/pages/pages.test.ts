import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify from 'fastify';
import { afterAll, expect, test } from 'vitest';
import { type PageSettings, pages } from '../../src/pages/pages.ts';

const folder = mkdtempSync(join(tmpdir(), 'seckill-pages-'));
const html = (name: string) =>
  `<!doctype html><meta name="seckill:dev-login" content="off" /><meta name="seckill:simulated-buyers" content="off" /><title>${name}</title><script src="/assets/a-1234.js"></script>`;
mkdirSync(join(folder, 'assets'));
for (const name of ['storefront', 'console']) writeFileSync(join(folder, `${name}.html`), html(name));
for (const [suffix, content] of [
  ['', 'let a;'],
  ['.br', brotliCompressSync('let a;')],
  ['.gz', gzipSync('let a;')],
] as const)
  writeFileSync(join(folder, 'assets', `a-1234.js${suffix}`), content);
afterAll(() => rmSync(folder, { recursive: true }));

async function serve({ folder: from = folder, ...settings }: Partial<PageSettings> & { folder?: string } = {}) {
  const app = fastify().withTypeProvider<TypeBoxTypeProvider>();
  await app.register(pages, { settings: { devLogin: false, simulatedBuyers: false, ...settings }, folder: from });
  return app;
}

test('every address of the storefront and of the console serves its page', async () => {
  const app = await serve();
  for (const url of ['/', '/orders', '/sale/0193a000-0000-7000-8000-000000000001']) {
    expect((await app.inject(url)).body).toContain('<title>storefront');
  }
  for (const url of ['/console', '/console/sales/new']) expect((await app.inject(url)).body).toContain('<title>console');
});

test('the page carries the settings for development', async () => {
  expect((await (await serve({ simulatedBuyers: true })).inject('/console')).body).toContain(
    '<meta name="seckill:simulated-buyers" content="on" />',
  );
  expect((await (await serve({ devLogin: true })).inject('/')).body).toContain('<meta name="seckill:dev-login" content="on" />');
  expect((await (await serve()).inject('/')).body).toContain('<meta name="seckill:dev-login" content="off" />');
});

test('a page runs nothing inline and talks to no other host', async () => {
  const policy = String((await (await serve()).inject('/')).headers['content-security-policy']);
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test('pages are revalidated with 304, and their files are cached for good', async () => {
  const app = await serve();
  const page = await app.inject('/');
  expect(page.headers['cache-control']).toBe('no-cache');
  const again = await app.inject({ url: '/', headers: { 'if-none-match': String(page.headers.etag) } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
  const script = await app.inject('/assets/a-1234.js');
  expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  expect(script.headers['x-content-type-options']).toBe('nosniff');
});

test.each([
  ['br, gzip', 'br'],
  ['gzip, deflate', 'gzip'],
  ['gzip;q=1.0, br;q=0', 'gzip'],
  ['', undefined],
])('to "%s" pages and scripts are sent as %s', async (accepted, sent) => {
  const app = await serve();
  for (const url of ['/', '/assets/a-1234.js']) {
    const answer = await app.inject({ url, headers: { 'accept-encoding': accepted } });
    expect([url, answer.headers['content-encoding']]).toEqual([url, sent]);
  }
});

test('the compressed body is the page', async () => {
  const answer = await (await serve()).inject({ url: '/', headers: { 'accept-encoding': 'br' } });
  expect(brotliDecompressSync(answer.rawPayload).toString()).toContain('<title>storefront');
});

test('only built files are served', async () => {
  const app = await serve();
  for (const url of ['/assets/', '/assets/none.js', '/assets/../storefront.html', '/assets/%2e%2e/storefront.html']) {
    expect((await app.inject(url)).statusCode).toBe(404);
  }
});

test('a gateway whose pages were never built says how to build them', async () => {
  const answer = await (await serve({ folder: join(folder, 'nowhere') })).inject('/');
  expect([answer.statusCode, answer.body]).toEqual([503, expect.stringContaining('npm run build')]);
});
