import { Random } from 'dev';
import { randomTests } from 'dev/test';
import { expect, test } from 'vitest';
import { refuseUnusualPath } from '../../gateway/src/http/normal-path.ts';
import { rawCall, spellingsOf } from './spellings.ts';
import { useNginx } from './use-nginx.ts';

const ID = '01991fb0-0000-7000-8000-000000000001';
/** Addresses that are cached, or have limits of their own. */
const SPECIAL = [
  '/',
  '/orders',
  '/console',
  '/console/sales/new',
  `/sale/${ID}`,
  '/assets/console-B_R4yCr5.js',
  '/api/sales',
  `/api/sales/${ID}`,
  `/api/sales/${ID}/items/00002a/purchase-token`,
  '/api/reservations',
  `/api/reservations/${ID}/live`,
  '/api/payments/webhook',
  '/api/admin/sales',
  '/metrics',
  '/nginx/healthz',
];
const AT_ONCE = 40;
const on = useNginx();

async function statusesOf(paths: readonly string[]): Promise<Map<string, number>> {
  const statuses = new Map<string, number>();
  for (let from = 0; from < paths.length; from += AT_ONCE) {
    const some = paths.slice(from, from + AT_ONCE);
    const answers = await Promise.all(some.map((path) => rawCall(on.nginx.port, path)));
    for (const [i, { status }] of answers.entries()) statuses.set(some[i] ?? '', status);
  }
  return statuses;
}

test('nginx and gateways serve only one spelling of each address', async () => {
  for (const path of SPECIAL) {
    const spellings = spellingsOf(path);
    expect(spellings.length).toBeGreaterThan(40);
    const statuses = await statusesOf(spellings);
    expect([...statuses].filter(([, status]) => status !== 400)).toEqual([]);
    expect(spellings.filter((url) => refuseUnusualPath({ url }) !== '/%')).toEqual([]);
  }
  expect(on.seen()).toEqual([]);
});

test('nginx and gateways serve every usual address, and a refused one gets a problem', async () => {
  const others = [
    '/docs/static/index.css',
    '/console/',
    '/api/orders?limit=5&cursor=%2f..%2f&q=a//b/../c',
    `/api/sales/${encodeURIComponent('Zoë@x.de|1 +')}`,
    '/.well-known/security.txt',
    '/a..b/...',
    '/?',
  ];
  const usual = [...SPECIAL, ...others];
  expect([...(await statusesOf(usual)).values()]).not.toContain(400);
  expect(usual.map((url) => refuseUnusualPath({ url }))).toEqual(usual);

  const { status, contentType, body } = await rawCall(on.nginx.port, '/console/../');
  expect([status, contentType]).toEqual([400, 'application/problem+json; charset=utf-8']);
  expect(JSON.parse(body)).toMatchObject({ code: 'VALIDATION_FAILED', detail: expect.stringContaining('path') });
});

test('nginx and a gateway agree on random paths, and nginx passes on exactly what it has read', async () => {
  // The stub gateways see the path as nginx read it, beside the one that it passed on.
  const unlimited = (shipped: string) => shipped.replace('default 1;', 'default 0;');
  const tellPath = (shipped: string) => `${shipped}\nproxy_set_header X-Read-As "<$uri>";\n`;
  await on.start({ edit: { 'limits.conf': unlimited, 'proxy.conf': tellPath } });
  const random = new Random(randomTests.seed);
  const pieces = [
    '/',
    '/',
    'a',
    'api',
    '.',
    '..',
    '//',
    '%2f',
    '%2F',
    '%61',
    '%20',
    '%25',
    '%C3%A9',
    '%c3',
    '%00',
    '?',
    '#',
    ';',
    '\\',
    ':',
    '~',
    '%7E',
    '%3A',
  ];
  const paths = Array.from(
    { length: 400 * randomTests.effort },
    () => `/${Array.from({ length: random.between(0, 5) }, () => random.pick(pieces)).join('')}`,
  );
  const statuses = await statusesOf(paths);
  const disagreed = paths.filter((url) => (statuses.get(url) === 400) !== (refuseUnusualPath({ url }) === '/%'));
  expect(disagreed, `TEST_SEED=${randomTests.seed}`).toEqual([]);
  expect(on.seen().length).toBeGreaterThan(20);
  for (const { url, headers } of on.seen()) {
    const read = Buffer.from(String(headers['x-read-as']).slice(1, -1), 'latin1').toString();
    expect(read.split('/').map(encodeURIComponent).join('/')).toBe(url.split('?', 1)[0]);
  }
});

test('a page cannot be replaced in the cache by another one', async () => {
  on.one.answer = on.two.answer = ({ url }, response) => response.end(`page of ${url}`);
  for (const path of ['/console/../', '/console/..', '/x/%2e%2e/', '//', '/./']) await rawCall(on.nginx.port, path);
  expect((await rawCall(on.nginx.port, '/')).body).toBe('page of /');
});
