import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { migrate, migrationsFolder } from 'seckill-prisma';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { onceUnused, onServerOf } from '../harness/databases.ts';
import { useTestServers } from '../harness/use-test-servers.ts';
import { root } from '../processes/root.ts';

const servers = useTestServers();
const folder = mkdtempSync(join(tmpdir(), 'seckill-migrations-'));
let client: Client;
let databaseUrl: string;
let count = 0;

beforeAll(() => cpSync(migrationsFolder, folder, { recursive: true }));
afterAll(() => rmSync(folder, { recursive: true }));

/** An empty database for each test. */
beforeEach(async () => {
  const url = new URL(servers.databaseUrl);
  const name = `${url.pathname.slice(1)}_${count++}`;
  await onTestDatabase(`CREATE DATABASE ${name}`);
  url.pathname = `/${name}`;
  databaseUrl = url.href;
  client = new Client({ connectionString: databaseUrl });
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await onTestDatabase(`DROP DATABASE ${new URL(databaseUrl).pathname.slice(1)} WITH (FORCE)`);
});

const onTestDatabase = (sql: string) => onServerOf(servers.databaseUrl, (admin) => onceUnused(admin, sql));

const recorded = async () => (await client.query('SELECT * FROM _prisma_migrations ORDER BY started_at')).rows;
const names = readdirSync(migrationsFolder).filter((name) => /^\d/.test(name));

describe('an empty database', () => {
  test('gets every migration once, and the second run changes nothing', async () => {
    expect(await migrate({ databaseUrl })).toEqual(names);
    const after = await recorded();
    expect(await migrate({ databaseUrl })).toEqual([]);
    expect(await recorded()).toEqual(after);
  });

  test("has Prisma's own book-keeping afterwards", async () => {
    await migrate({ databaseUrl });
    const [first] = await recorded();
    const file = readFileSync(join(migrationsFolder, names[0] ?? '', 'migration.sql'));
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      checksum: createHash('sha256').update(file).digest('hex'),
      migration_name: names[0],
      started_at: expect.any(Date),
      finished_at: expect.any(Date),
      rolled_back_at: null,
      logs: null,
      applied_steps_count: 1,
    });
  });

  test('is migrated once by five who start together', async () => {
    const applied = await Promise.all(Array.from({ length: 5 }, () => migrate({ databaseUrl })));
    expect(applied.flat()).toEqual(names);
    expect(await recorded()).toHaveLength(names.length);
  });
});

test('a database with orders keeps what they say: the revenue by currency, and when an order was refunded', async () => {
  const newer = names.filter((name) => name > '20261129');
  const older = join(folder, 'older');
  for (const name of names)
    if (!newer.includes(name)) cpSync(join(migrationsFolder, name), join(older, name), { recursive: true });
  await migrate({ databaseUrl, folder: older });
  rmSync(older, { recursive: true });
  const id = (n: number) => `01900000-0000-7000-8000-${String(n).padStart(12, '0')}`;
  const aSale = (n: number) =>
    client.query(
      `INSERT INTO sales (id, title, status, starts_at, ends_at, pay_timeout_seconds, token_lead_seconds, rate_per_second, burst)
       VALUES ($1, 'sale', 'PUBLISHED', now(), now() + interval '1 hour', 600, 300, 10, 10)`,
      [id(n)],
    );
  const anItem = (n: number, position: number, itemId: string, currency: string) =>
    client.query(
      `INSERT INTO items (id, sale_id, position, title, price_cents, currency, stock) VALUES ($3, $1, $2, 'item', 1, $4, 9)`,
      [id(n), position, itemId, currency],
    );
  const anOrder = (n: number, order: number, itemId: string, currency: string, cents: number, status: string) =>
    client.query(
      `INSERT INTO orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, status, pay_by, reserved_at, settled_at)
       VALUES ($1, $2, $3, 'user', 1, $4, $5, $6, now(), now(), '2026-11-20T12:00:00Z')`,
      [`${id(order).slice(0, -6)}${itemId}`, id(n), itemId, cents, currency, status],
    );
  await aSale(1);
  await anItem(1, 0, '000001', 'EUR');
  await anOrder(1, 1_000_000, '000001', 'EUR', 700, 'PAID');
  await anOrder(1, 2_000_000, '000001', 'EUR', 700, 'REFUNDED');
  await aSale(2);
  await anItem(2, 0, '000002', 'USD');
  await anItem(2, 1, '000003', 'JPY');
  await anOrder(2, 3_000_000, '000002', 'USD', 500, 'PAID');
  await anOrder(2, 4_000_000, '000003', 'JPY', 4_950, 'PAID');
  await anOrder(2, 5_000_000, '000003', 'JPY', 4_950, 'CANCELLED');
  // The listener has not counted everything of the first sale.
  await client.query('INSERT INTO sale_statistics (sale_id, paid, revenue_cents) VALUES ($1, 1, 600), ($2, 2, 5450)', [
    id(1),
    id(2),
  ]);

  expect(await migrate({ databaseUrl })).toEqual(newer);
  const revenue = await client.query('SELECT right(sale_id::text, 1) AS sale, currency, cents FROM sale_revenue ORDER BY 1, 2');
  expect(revenue.rows).toEqual([
    { sale: '1', currency: 'EUR', cents: '600' },
    { sale: '2', currency: 'JPY', cents: '4950' },
    { sale: '2', currency: 'USD', cents: '500' },
  ]);
  const refunds = await client.query(
    'SELECT status, refunded_at = settled_at AS known FROM orders WHERE refunded_at IS NOT NULL',
  );
  expect(refunds.rows).toEqual([{ status: 'REFUNDED', known: true }]);

  // The upgrade of a shop that had entered hundredths of a yen.
  const guide = readFileSync(join(root, 'docs/deployment.md'), 'utf8');
  const correction = /```sql\n(BEGIN;.*?)```/s.exec(guide)?.[1] ?? '';
  await expect(client.query(correction)).rejects.toThrow('division by zero');
  await client.query('ROLLBACK');
  await client.query(`UPDATE items SET price_cents = 4950 * CASE currency WHEN 'JPY' THEN 100 ELSE 1 END`);
  await client.query(`UPDATE orders SET amount_cents = amount_cents * 100 WHERE currency = 'JPY'`);
  await client.query(`UPDATE sale_revenue SET cents = cents * 100 WHERE currency = 'JPY'`);
  await client.query(correction);
  const amounts = await client.query(
    'SELECT currency, price_cents::int AS price, amount_cents::int AS amount FROM items JOIN orders USING (currency) GROUP BY 1, 2, 3 ORDER BY 1',
  );
  expect(amounts.rows).toEqual([
    { currency: 'EUR', price: 4_950, amount: 700 },
    { currency: 'JPY', price: 4_950, amount: 4_950 },
    { currency: 'USD', price: 4_950, amount: 500 },
  ]);
  const corrected = await client.query(`SELECT cents::int AS cents FROM sale_revenue WHERE currency = 'JPY'`);
  expect(corrected.rows).toEqual([{ cents: 4_950 }]);
});

describe('refused, with nothing changed', () => {
  const inFolder = (name: string, sql: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'migration.sql'), sql);
  };
  afterEach(() => {
    for (const name of ['2999_new', '2998_broken']) rmSync(join(folder, name), { recursive: true, force: true });
  });

  test('a file that was changed after it was applied', async () => {
    inFolder('2998_broken', 'SELECT 1;');
    await migrate({ databaseUrl, folder });
    inFolder('2998_broken', 'SELECT 2;');
    inFolder('2999_new', 'CREATE TABLE "new" ();');
    await expect(migrate({ databaseUrl, folder })).rejects.toThrow(
      /2998_broken\/migration\.sql was changed after it was applied/,
    );
    expect((await client.query("SELECT to_regclass('new') AS found")).rows).toEqual([{ found: null }]);
  });

  test('anything after one that failed, until that is put in order', async () => {
    inFolder('2998_broken', 'CREATE TABLE "half" ();\nCREATE TABLE nonsense (;\n');
    await expect(migrate({ databaseUrl, folder })).rejects.toThrow(/2998_broken at line 2: syntax error/);
    // The script is one transaction: nothing of it stays.
    expect((await client.query("SELECT to_regclass('half') AS found")).rows).toEqual([{ found: null }]);
    inFolder('2998_broken', 'CREATE TABLE "half" ();');
    const refusal = await migrate({ databaseUrl, folder }).then(
      () => '',
      (error: Error) => error.message,
    );
    expect(refusal).toMatch(/2998_broken failed earlier.*no later migration is applied/s);
    const repair = /UPDATE .*;/.exec(refusal)?.[0] ?? '';
    await client.query(repair);
    expect(await migrate({ databaseUrl, folder })).toEqual(['2998_broken']);
  });

  test("a database with another program's tables", async () => {
    await client.query('CREATE TABLE theirs ()');
    await expect(migrate({ databaseUrl })).rejects.toThrow(/has tables \(theirs\) but no _prisma_migrations/);
  });
});

test('orders and rejections that were there before the counts are counted', async () => {
  const earlier = mkdtempSync(join(tmpdir(), 'seckill-migrations-'));
  try {
    for (const name of names.filter((each) => each < '20261129005100')) {
      cpSync(join(migrationsFolder, name), join(earlier, name), { recursive: true });
    }
    await migrate({ databaseUrl, folder: earlier });
    await client.query(`
      INSERT INTO orders (id, sale_id, item_id, user_id, quantity, amount_cents, currency, status, pay_by, reserved_at)
      SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 6, '0') || '00002a')::uuid, gen_random_uuid(), '00002a', 'user', 1, 1, 'EUR',
        (CASE WHEN n <= 3 THEN 'PAID' ELSE 'CANCELLED' END)::order_status, now(), now()
      FROM generate_series(1, 5) n`);
    await client.query(
      `INSERT INTO rejections (reservation_id, sale_id, item_id, user_id, quantity, reason)
      VALUES (gen_random_uuid(), gen_random_uuid(), '00002a', 'user', 1, 'SOLD_OUT')`,
    );
    await migrate({ databaseUrl });
    const { rows } = await client.query('SELECT status, orders::int AS orders FROM order_counts ORDER BY status');
    expect(rows).toEqual([
      { status: 'CANCELLED', orders: 2 },
      { status: 'PAID', orders: 3 },
      { status: 'REJECTED', orders: 1 },
    ]);
  } finally {
    rmSync(earlier, { recursive: true });
  }
});

describe.each([[['prisma/migrate-main.ts']], [['cli/src/main.ts', 'migrate']]])('%j', (script) => {
  const run = (url: string) =>
    promisify(execFile)(process.execPath, ['--import', 'tsx', ...script], {
      cwd: root,
      env: { ...process.env, DATABASE_URL: url },
    });

  test('says what it applied', async () => {
    const applying = names.map((name) => `Applying the migration ${name}.\n`).join('');
    const { stdout } = await run(databaseUrl);
    expect(stdout).toBe(`${applying}Applied ${names.length}; the database is up to date.\n`);
    expect((await run(databaseUrl)).stdout).toBe('The database is up to date.\n');
  });

  test('names the server that it could not reach, without the password', async () => {
    const failure = await run('postgresql://seckill:hidden@127.0.0.1:1/seckill').catch(
      (error: { stderr: string; code: number }) => error,
    );
    expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining('Could not migrate 127.0.0.1:1/seckill') });
    expect(failure.stderr).not.toContain('hidden');
  });
});
