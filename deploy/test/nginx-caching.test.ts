import { describe, expect, test } from 'vitest';
import { useNginx } from './use-nginx.ts';

const SALE = '/api/sales/01991fb0-0000-7000-8000-000000000001';
const on = useNginx();

describe('sale info', () => {
  test('is fetched once while many pages poll', async () => {
    on.one.answer = on.two.answer = (_request, response) => {
      setTimeout(() => response.end('{"serverTime":"now"}'), 50);
    };
    const secondsSince = stopwatch();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => on.get(`${SALE}?poll=${i}`)));
    expect(new Set(await Promise.all(answers.map((answer) => answer.text())))).toEqual(new Set(['{"serverTime":"now"}']));
    expect(on.seen().length).toBeLessThanOrEqual(onceEachSecondOf(secondsSince()));
  });

  test('is fetched again within 2 s', async () => {
    const ask = async () => (await (await on.get(SALE)).json()) as { number: number; port: number };
    const first = await ask();
    const secondsSince = stopwatch();
    for (;;) {
      const age = secondsSince();
      const { number, port } = await ask();
      if (number !== first.number || port !== first.port) break;
      expect(age).toBeLessThan(2);
    }
  });

  test('is the same for every buyer: no credentials go in, no cookie comes out', async () => {
    on.one.answer = on.two.answer = (_request, response) => response.setHeader('set-cookie', 'a=b').end('{}');
    const response = await on.get(SALE, { authorization: 'Bearer secret' });
    expect(response.headers.get('set-cookie')).toBeNull();
    expect(on.seen()[0]?.headers.authorization).toBeUndefined();
  });

  test('is never cached if it is an error', async () => {
    on.one.answer = on.two.answer = (_request, response) => response.writeHead(503).end('{}');
    await on.get(SALE);
    await on.get(SALE);
    expect(on.seen()).toHaveLength(2);
  });

  test("is the only cached answer: a buyer's own answers are fetched each time", async () => {
    for (const path of ['/api/orders', '/api/reservations/x', '/api/admin/sales', `${SALE}/items/00002a/other`]) {
      await on.get(path);
      await on.get(path);
    }
    expect(on.seen()).toHaveLength(8);
  });
});

test('pages are fetched once a second, scripts and styles once, each in every encoding', async () => {
  on.one.answer = on.two.answer = ({ url, headers }, response) => {
    const cacheControl = url.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
    response.writeHead(200, { 'cache-control': cacheControl, vary: 'accept-encoding' }).end(headers['accept-encoding']);
  };
  const ask = async (path: string, encoding: string) => (await on.get(path, { 'accept-encoding': encoding })).text();
  for (const path of ['/', '/sale/x', '/orders', '/console', '/assets/a.js']) {
    const secondsSince = stopwatch();
    for (let i = 0; i < 5; i += 1) {
      expect(await ask(path, 'identity')).toBe('identity');
      expect(await ask(path, 'identity;q=0.5')).toBe('identity;q=0.5');
    }
    const times = on.seen().filter(({ url }) => url === path).length;
    expect(times).toBeGreaterThanOrEqual(2);
    expect(times).toBeLessThanOrEqual(2 * (path === '/assets/a.js' ? 1 : onceEachSecondOf(secondsSince())));
  }
  expect((await on.get('/sale/x')).headers.get('cache-control')).toBe('no-cache');
});

function stopwatch(): () => number {
  const started = performance.now();
  return () => (performance.now() - started) / 1_000;
}

/** How often at most: at first, and whenever a second of the clock ends. */
const onceEachSecondOf = (seconds: number) => 2 + Math.floor(seconds);
