import { readFileSync } from 'node:fs';
import { jetstreamManager } from '@nats-io/jetstream';
import { fillBooks } from 'dev';
import { useTestServers } from 'dev/test';
import { connectNats, deadLetter, ensureStreams, Publisher, send } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { beforeAll, expect, test } from 'vitest';
import { runSeckill } from './support/run-seckill.ts';

const servers = useTestServers();
const run = (...args: string[]) =>
  runSeckill(['erase-user', ...args], {
    NATS_URL: servers.natsUrl,
    REDIS_URL: servers.redisUrl,
    DATABASE_URL: servers.databaseUrl,
  });

beforeAll(async () => {
  await fillBooks(servers.databaseUrl, { orders: 10 });
  const nats = await connectNats(servers.natsUrl, 'test');
  await ensureStreams(await jetstreamManager(nats));
  const publisher = new Publisher(nats);
  const letter = { stream: 'S', seq: 1, subject: 's', messageId: 'm', reason: 'r', deliveries: 1, firstSeenAt: 1, diedAt: 1 };
  const data = Buffer.from('{"userId":"user-1"}').toString('base64');
  await send(publisher, deadLetter, { consumer: 'orders', ...letter, data }, 'id');
  await publisher.close();
  await nats.close();
});

test('erase-user erases a user with settled orders once, and says what it could not erase', async () => {
  const erased = await run('user-0');
  expect(erased).toMatchObject({ code: 0, stderr: '' });
  expect(erased.stdout).toMatch(/^1 orders and 0 rejections now belong to erased-[0-9a-f-]{36}\.\nMessages in the streams/);
  expect((await run('user-0')).stdout).toMatch(/^0 orders and 0 rejections/);
  expect(await run('user-1')).toMatchObject({ code: 1, stderr: expect.stringContaining('Dead letters name the user: #1.') });
});

test('erase-user refuses a user whose order waits for its payment, and a call without a user', async () => {
  expect(await run('user-9')).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('wait for their payment') });
  expect(await run()).toMatchObject({ code: 2, stderr: expect.stringContaining('Name one user id') });
});

test('the documented statements delete sales that ended long ago with all that is theirs, and no other', async () => {
  const prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 1 });
  const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const statements = /```sql\n(BEGIN;[^`]*?COMMIT;)\n```/.exec(operations)?.[1]?.split(';\n') ?? [];
  const run = () => prisma.$transaction(statements.slice(1, -1).map((statement) => prisma.$executeRawUnsafe(statement)));
  const counts = () =>
    Promise.all([
      prisma.sale.count(),
      prisma.item.count(),
      prisma.order.count(),
      prisma.payment.count(),
      prisma.rejection.count(),
      prisma.saleStatistics.count(),
      prisma.saleRevenue.count(),
    ]);
  try {
    const before = await counts();
    expect(before).toEqual([1, 1, 10, 6, 0, 1, 1]);
    await run();
    expect(await counts()).toEqual(before);
    await prisma.sale.updateMany({ data: { startsAt: new Date(0), endsAt: new Date(1) } });
    await run();
    // An order waits for its payment.
    expect(await counts()).toEqual(before);
    await prisma.order.updateMany({ where: { status: 'PENDING_PAYMENT' }, data: { status: 'CANCELLED' } });
    await run();
    expect(await counts()).toEqual(before.map(() => 0));
  } finally {
    await prisma.$disconnect();
  }
});
