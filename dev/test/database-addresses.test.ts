import { randomBytes } from 'node:crypto';
import { checkDatabase, closeSession, createPrisma, migrate, openSession, SESSION_LIMITS } from 'seckill-prisma';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { onceUnused, onServerOf, urlOfDatabase } from '../harness/databases.ts';
import { useTestServers } from '../harness/use-test-servers.ts';
import { ThrowAwayFolder } from '../processes/throw-away-folder.ts';
import { ensurePgBouncer, startPgBouncer } from '../servers/pgbouncer.ts';
import type { Server } from '../servers/server.ts';

const servers = useTestServers();
const name = `addresses_${randomBytes(4).toString('hex')}`;
const password = randomBytes(8).toString('hex');
/** These tests change settings of the database and of its role, so both are separate from those of other tests. */
let address: URL;

const asAdmin = (...statements: string[]) =>
  onServerOf(servers.databaseUrl, async (admin) => {
    for (const sql of statements) await onceUnused(admin, sql);
  });
const withQuery = (query: Record<string, string>) => `${address.href}?${new URLSearchParams(query)}`;
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'not refused',
    (error: Error) => `${error.name}: ${error.message}`,
  );

async function settings(url: string, names: readonly string[]): Promise<string[]> {
  const session = await openSession(url, SESSION_LIMITS.orders);
  try {
    const rows = [];
    for (const each of names)
      rows.push((await session.query<{ set: string }>('SELECT current_setting($1) AS set', [each])).rows[0]?.set ?? '');
    return rows;
  } finally {
    await closeSession(session);
  }
}

beforeAll(async () => {
  await asAdmin(`CREATE ROLE ${name} LOGIN PASSWORD '${password}'`, `CREATE DATABASE ${name} OWNER ${name}`);
  address = new URL(urlOfDatabase(servers.databaseUrl, name));
  address.username = name;
  address.password = password;
  await migrate({ databaseUrl: address.href });
});
afterAll(() => asAdmin(`DROP DATABASE ${name} WITH (FORCE)`, `DROP ROLE ${name}`));

describe('the options of an address', () => {
  test('stay, but replace neither UTC nor the time limits, whatever server and role have set', async () => {
    await asAdmin(
      `ALTER DATABASE ${name} SET TimeZone = 'Europe/Berlin'`,
      `ALTER ROLE ${name} SET statement_timeout = '1s'`,
      `ALTER ROLE ${name} SET idle_in_transaction_session_timeout = 0`,
    );
    const url = withQuery({
      options: '-c statement_timeout=30000 -c work_mem=9MB -c TimeZone=Asia/Tokyo',
      statement_timeout: '7',
    });
    const limits = ['statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout'];
    expect(await settings(url, ['work_mem', 'TimeZone', ...limits])).toEqual(['9MB', 'UTC', '6s', '4s', '3s']);
    await checkDatabase({ databaseUrl: url });

    const prisma = createPrisma({ databaseUrl: url, max: 1 });
    const startsAt = new Date('2026-07-01T12:00:00.000Z');
    const id = '01900000-0000-7000-8000-0000000000aa';
    const sale = { id, title: 't', startsAt, endsAt: new Date(Date.now() + 1e9), payTimeoutSeconds: 1, tokenLeadSeconds: 1 };
    await prisma.sale.create({ data: { ...sale, ratePerSecond: 1, burst: 1 } });
    const [row] = await prisma.$queryRaw<
      { ms: number }[]
    >`SELECT (extract(epoch FROM starts_at) * 1000)::float8 AS ms FROM sales`;
    await prisma.$disconnect();
    expect(row?.ms).toBe(startsAt.getTime());
    await asAdmin(`ALTER DATABASE ${name} RESET ALL`, `ALTER ROLE ${name} RESET ALL`);
  });

  test('that PostgreSQL does not know are refused with their name', async () => {
    const url = withQuery({ options: '-c no_such_setting=1' });
    expect(await refusal(checkDatabase({ databaseUrl: url }))).toMatch(
      /^DatabaseRefused: DATABASE_URL is refused.*no_such_setting/,
    );
  });
});

describe('the schema of an address', () => {
  test('holds the tables: the migrations create it, and queries of both kinds find them there', async () => {
    const url = withQuery({ schema: 'flash' });
    expect(await refusal(checkDatabase({ databaseUrl: url }))).toContain('there is no schema "flash"');
    await migrate({ databaseUrl: url });
    await checkDatabase({ databaseUrl: url });
    const prisma = createPrisma({ databaseUrl: url, max: 1 });
    await prisma.listenerPosition.create({ data: { listener: 'in flash', streamSeq: 1n } });
    const found = await prisma.$queryRaw`SELECT listener FROM listener_positions`;
    await prisma.$disconnect();
    expect(found).toEqual([{ listener: 'in flash' }]);
    const elsewhere = createPrisma({ databaseUrl: address.href, max: 1 });
    expect(await elsewhere.listenerPosition.count()).toBe(0);
    await elsewhere.$disconnect();
  });

  test('is not the one of the role: worker and migrations refuse, and say what to change', async () => {
    await asAdmin(`ALTER ROLE ${name} SET search_path = flash`);
    for (const work of [checkDatabase, migrate]) {
      expect(await refusal(work({ databaseUrl: address.href }))).toMatch(
        /^DatabaseRefused: .*"public".*"flash".*Add \?schema=flash/,
      );
    }
    await checkDatabase({ databaseUrl: withQuery({ schema: 'flash' }) });
    await asAdmin(`ALTER ROLE ${name} RESET ALL`);
  });
});

test('a wrong password is refused at the start, and not printed', async () => {
  const wrong = new URL(address);
  wrong.password = 'wrong-secret';
  const said = await refusal(checkDatabase({ databaseUrl: wrong.href }));
  expect(said).toContain('DatabaseRefused: DATABASE_URL is refused by PostgreSQL: password authentication failed');
  expect(said).not.toContain('wrong-secret');
});

describe('PgBouncer between transactions', () => {
  const folder = new ThrowAwayFolder('pgbouncer');
  let program: string | undefined;
  let deaf: Server | undefined;
  let strict: Server | undefined;

  beforeAll(async () => {
    program = await ensurePgBouncer(console.log);
    if (program === undefined) return;
    const pooler = { databaseUrl: address.href, settings: { pool_mode: 'transaction', default_pool_size: '2' } };
    strict = await startPgBouncer(folder, program, pooler);
    deaf = await startPgBouncer(folder, program, {
      ...pooler,
      settings: { ...pooler.settings, ignore_startup_parameters: 'options' },
    });
  });
  afterAll(async () => {
    await Promise.all([deaf?.stop(), strict?.stop()]);
    await folder.close();
  });

  test('is refused if it refuses the settings of a session, or drops them', async (context) => {
    if (strict === undefined || deaf === undefined) return context.skip();
    const directUrl = address.href;
    expect(await refusal(checkDatabase({ databaseUrl: strict.url, directUrl }))).toContain('ignore_startup_parameters = options');
    expect(await refusal(checkDatabase({ databaseUrl: deaf.url, directUrl }))).toContain(
      `ALTER ROLE "${name}" SET lock_timeout = '3000ms'`,
    );
  });

  test('serves a worker whose role has the settings, with PostgreSQL itself for leadership and migrations', async (context) => {
    if (deaf === undefined) return context.skip();
    const databaseUrl = deaf.url;
    const said = await refusal(checkDatabase({ databaseUrl, directUrl: address.href }));
    await asAdmin(...(said.match(/ALTER ROLE [^;]+/g) ?? []));
    // The pooler's connections have the old settings until they are closed.
    await deaf.restart();
    await checkDatabase({ databaseUrl, directUrl: address.href });
    expect(await refusal(checkDatabase({ databaseUrl }))).toContain('Set DIRECT_DATABASE_URL');
    expect(await refusal(migrate({ databaseUrl }))).toContain('Set DIRECT_DATABASE_URL');

    const prisma = createPrisma({ databaseUrl, max: 4 });
    const adding = Array.from({ length: 20 }, (_, i) =>
      prisma.$transaction(async (tx) => {
        await tx.listenerPosition.create({ data: { listener: `pooled-${i}`, streamSeq: 1n } });
        return tx.listenerPosition.update({ where: { listener: `pooled-${i}` }, data: { streamSeq: { increment: 1n } } });
      }),
    );
    await Promise.all(adding);
    expect(await prisma.listenerPosition.count({ where: { listener: { startsWith: 'pooled-' }, streamSeq: 2n } })).toBe(20);
    await prisma.$disconnect();
    await asAdmin(`ALTER ROLE ${name} RESET ALL`);
  });
});
