import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findProgram, ThrowAwayFolder } from 'dev';
import { type PublishedDraw, shuffleKeyOf } from 'seckill-core';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { runSeckill } from './support/run-seckill.ts';

const saleId = '01900000-0000-7000-8000-000000000001';
const seed = '5eed'.repeat(16);
const folder = new ThrowAwayFolder('draw-test');
afterAll(() => folder.close());

const idOf = (i: number) => `entry-${String(i).padStart(6, '0')}`;
const entriesOf = (count: number, from = 0) => Array.from({ length: count }, (_, i) => idOf(from + i)).join('');

async function published(n: string, p = '', served = { n: 3, p: 1 }): Promise<PublishedDraw> {
  const lane = async (name: 'n' | 'p', entries: string) => ({
    count: entries.length / 12,
    entries,
    key: entries === '' ? '' : await shuffleKeyOf(seed, name, entries),
    served: served[name],
  });
  return { saleId, seedHash: hash('sha256', seed), seed, lanes: { n: await lane('n', n), p: await lane('p', p) } };
}

let files = 0;
async function fileOf(draw: unknown): Promise<string> {
  files += 1;
  const file = join(folder.sub('draws'), `${files}.json`);
  await writeFile(file, JSON.stringify(draw));
  return file;
}
const verify = async (draw: unknown, ...args: string[]) => runSeckill(['draw', 'verify', '--file', await fileOf(draw), ...args]);

test('a shuffle that the seed and the entries give holds, and says who was drawn', async () => {
  const { code, stdout } = await verify(await published(entriesOf(25), entriesOf(2, 100)));
  expect(stdout).toMatch(
    /^Lane n: 25 entries, of which 3 have had their turn\.\n(?: {2}[123] {2}entry-0000\d\d\n){3}Lane p: 2 entries/,
  );
  expect(stdout).toMatch(/The shuffle is the one that the seed and the entries give\.\n$/);
  expect(code).toBe(0);
});

test('--entry tells the place of one entry, --all prints more than the first 20', async () => {
  const draw = await published(entriesOf(40), '', { n: 30, p: 0 });
  const { stdout } = await verify(draw, '--all', '--json');
  const [{ order }] = JSON.parse(stdout).lanes as [{ order: string[] }];
  expect(order.toSorted()).toEqual(Array.from({ length: 40 }, (_, i) => idOf(i)));
  expect(order).not.toEqual(order.toSorted());
  expect((await verify(draw, '--entry', order[6] ?? '')).stdout).toContain(
    `Entry ${order[6]} has place 7 of lane n, and has had its turn.`,
  );
  expect((await verify(draw, '--entry', order[30] ?? '')).stdout).toContain(
    'has place 31 of lane n, and has not had its turn yet.',
  );
  expect(await verify(draw, '--entry', 'no-entry-000')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('was not shuffled'),
  });
  expect((await verify(draw)).stdout).toContain('  and 10 more; --all prints them');
  expect((await verify(draw, '--all')).stdout).not.toContain('more; --all');
});

describe('published data that do not agree', () => {
  const cases: [string, (draw: PublishedDraw) => unknown, RegExp][] = [
    [
      'another seed',
      (draw) => ({ ...draw, seed: 'b'.repeat(64) }),
      /FAILED The seed's SHA-256 is [0-9a-f]{64}, and [0-9a-f]{64} was published/,
    ],
    ['another key', (draw) => withLane(draw, { key: 'c'.repeat(64) }), /FAILED The key of lane n is [0-9a-f]{64} by the seed/],
    [
      'an entry that was left out',
      (draw) => withLane(draw, { entries: entriesOf(9) }),
      /FAILED Lane n names 9 entries, and says that it has 10/,
    ],
    [
      'an entry that is there twice',
      (draw) => withLane(draw, { entries: entriesOf(9) + idOf(0) }),
      /FAILED Lane n has an entry twice/,
    ],
  ];
  const withLane = (draw: PublishedDraw, change: Partial<PublishedDraw['lanes']['n']>) => ({
    ...draw,
    lanes: { ...draw.lanes, n: { ...draw.lanes.n, ...change } },
  });

  test.each(cases)('%s: exit 1', async (_, change, says) => {
    const { code, stdout } = await verify(change(await published(entriesOf(10))));
    expect(stdout).toMatch(says);
    expect(stdout).toMatch(/The shuffle does NOT hold\.\n$/);
    expect(code).toBe(1);
  });

  test('an entry that was never answered leaves dots, and the rest can still be repeated', async () => {
    const draw = await published(`${entriesOf(4)}${'.'.repeat(12)}${entriesOf(3, 5)}`);
    const { code, stdout } = await verify(withLane(draw, { key: 'd'.repeat(64) }));
    expect(stdout).toContain('1 entries were never answered');
    expect(code).toBe(0);
  });
});

test('reads the draw from a gateway, and says what the gateway answers instead', async () => {
  const draw = await published(entriesOf(5));
  const paths: string[] = [];
  let answer = { status: 200, body: JSON.stringify(draw) };
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = () => runSeckill(['draw', 'verify', '--sale', saleId, '--url', url]);
  expect((await run()).code).toBe(0);
  expect(paths).toEqual([`/api/sales/${saleId}/draw`]);
  answer = { status: 404, body: '{"detail":"The entries of this sale are not shuffled yet."}' };
  expect(await run()).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('answered 404: The entries of this sale are not'),
  });
  answer = { status: 200, body: '{}' };
  expect(await run()).toMatchObject({ code: 1, stderr: expect.stringContaining('These are no data of a draw') });
});

test.each([
  [[], 'Say what to do: verify.'],
  [['verify'], 'Use --sale and --url, or --file.'],
  [['verify', '--sale', 'x', '--url', 'http://a'], '"x" is not the id of a sale.'],
  [['verify', '--sale', saleId, '--url', 'shop'], '--url takes an address'],
  [['verify', '--sale', saleId, '--url', 'http://a', '--file', 'f'], 'Use either --file'],
  [['verify', '--file', 'f', '--entry', '?'], '--entry takes 12 letters'],
])('wrong usage, %j: exit 2', async (args, says) => {
  expect(await runSeckill(['draw', ...args])).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
});

test('--help prints the usage, and a file that is not there is named', async () => {
  expect(await runSeckill(['draw', '--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Repeats the shuffle') });
  expect(await runSeckill(['draw', 'verify', '--file', '/nowhere'])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('/nowhere'),
  });
});

// It was written from docs/waiting-room.md alone.
test.skipIf(findProgram('python3') === undefined)('the example in Python finds the same places', async () => {
  const draw = await published(entriesOf(3_000), entriesOf(701, 5_000), { n: 100, p: 0 });
  const file = await fileOf(draw);
  const example = fileURLToPath(new URL('../../docs/examples/verify_draw.py', import.meta.url));
  const lines = execFileSync(findProgram('python3') ?? '', [example, file], { encoding: 'utf8' })
    .trim()
    .split('\n');
  const { lanes } = JSON.parse((await runSeckill(['draw', 'verify', '--file', file, '--json'])).stdout);
  const wanted = lanes.flatMap(({ lane, order, served }: { lane: string; order: string[]; served: number }) =>
    order.map((id, i) => `${lane} ${i + 1} ${id} ${i < served ? 'drawn' : 'waits'}`),
  );
  expect(lines).toEqual(wanted);
});
