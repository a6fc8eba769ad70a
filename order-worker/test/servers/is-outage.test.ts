import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Client } from 'pg';
import { isOutage, kindOfFault, reasonOf, safeError } from 'seckill-core';
import { describe, expect, test } from 'vitest';
import { usePlatform } from '../support/platform.ts';

const on = usePlatform();

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
/** The error of a transaction that runs the statements. */
const errorOfSql = (...statements: string[]) =>
  errorOf(on.platform.prisma.$transaction(statements.map((each) => on.platform.prisma.$executeRawUnsafe(each))));

const INSERT = "INSERT INTO listener_positions (listener, stream_seq) VALUES ('a', 1)";

describe('PostgreSQL says no', () => {
  test.each([
    ['it is read-only', ['SET TRANSACTION READ ONLY', INSERT]],
    ['the statement took too long', ["SET LOCAL statement_timeout = '20ms'", 'SELECT pg_sleep(10)']],
    ['it refuses the role', ['CREATE ROLE powerless', 'SET LOCAL ROLE powerless', INSERT]],
    ['its disk is full', ["DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'no space left'; END $$"]],
    ['for a reason that later versions add', ["DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '5A123', MESSAGE = 'new'; END $$"]],
  ])('because %s: an outage', async (_, statements) => {
    expect(kindOfFault(await errorOfSql(...statements))).toBe('outage');
  });

  test('because a lock is held: an outage', async () => {
    const { prisma } = on.platform;
    await prisma.$transaction(async (tx) => {
      await tx.$executeRaw`LOCK TABLE orders IN SHARE MODE`;
      const error = await errorOfSql("SET LOCAL lock_timeout = '20ms'", 'LOCK TABLE orders IN EXCLUSIVE MODE');
      expect(kindOfFault(error)).toBe('outage');
    });
  });

  test('because the data is wrong: the message is at fault', async () => {
    expect(kindOfFault(await errorOfSql(INSERT, INSERT))).toBe('message');
    expect(kindOfFault(await errorOfSql("SELECT 'secret'::uuid"))).toBe('message');
  });

  test('because a table is missing, or a function raises an exception: unknown', async () => {
    expect(kindOfFault(await errorOfSql('SELECT * FROM nowhere'))).toBe('unknown');
    expect(kindOfFault(await errorOfSql("DO $$ BEGIN RAISE EXCEPTION 'no'; END $$"))).toBe('unknown');
  });
});

test('a PostgreSQL that accepts the connection and never answers is away: an outage, not a fault', async () => {
  const frozen = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(frozen, 'listening');
  const { port } = frozen.address() as AddressInfo;
  const client = new Client({ host: '127.0.0.1', port, user: 'seckill', database: 'seckill', connectionTimeoutMillis: 200 });
  client.on('error', () => undefined);
  const error = await errorOf(client.connect());
  frozen.close();
  expect((error as Error).message).toBe('timeout expired');
  expect(isOutage(error)).toBe(true);
  expect(isOutage(new Error('The bucket’s timeout expired early, says a program.'))).toBe(false);
});

test('a program error blames the message; a broken connection that looks like one does not', () => {
  expect(kindOfFault(new TypeError('x is undefined'))).toBe('message');
  expect(kindOfFault(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }))).toBe('outage');
  expect(kindOfFault(new TypeError('fetch failed', { cause: new Error('other side closed') }))).toBe('unknown');
});

describe('what is logged of an error', () => {
  const secrets = /secret|auth0|7f6a474a/;

  test('has the reason, and no row, value, parameter or code around the query', async () => {
    const { prisma } = on.platform;
    const row = "'aaaaaa', gen_random_uuid(), 0, 'secret', 1, 'EUR', 1, 2";
    const broken = await errorOfSql(
      `INSERT INTO items (id, sale_id, position, title, price_cents, currency, stock, sold) VALUES (${row})`,
    );
    expect(reasonOf(broken)).toBe(
      'PostgreSQL says 23514: new row for relation "items" violates check constraint "items_never_oversold"',
    );
    const value = await errorOf(prisma.$queryRaw`SELECT ${'secret'}::text::uuid`);
    expect(reasonOf(value)).toBe('PostgreSQL says 22P02: invalid input syntax for type uuid: "…"');
    const typed = await errorOf(prisma.listenerPosition.create({ data: { listener: 'secret\u0000', streamSeq: 1n } }));
    const missing = await errorOf(prisma.sale.findUniqueOrThrow({ where: { id: '7f6a474a-780d-4418-be0a-95768e6e199b' } }));
    for (const error of [broken, value, typed, missing]) expect(JSON.stringify(safeError(error))).not.toMatch(secrets);
  });

  test("has the script's error without its arguments", async () => {
    const error = await errorOf(on.platform.redis.eval("return redis.call('hset', 'a')", 1, 'auth0|secret', 'secret'));
    expect(reasonOf(error)).toMatch(/^Redis says to eval: ERR Wrong number of args/);
    expect(JSON.stringify(safeError(error))).not.toMatch(secrets);
    expect(reasonOf(await errorOf(on.platform.redis.call('NOSUCH', 'secret')))).not.toMatch(secrets);
  });
});
