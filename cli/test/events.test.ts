import { jetstreamManager } from '@nats-io/jetstream';
import { fillBooks } from 'dev';
import { useTestServers } from 'dev/test';
import { connectNats, ensureStreams, newReservationId, type OrderEvent, Publisher, sendOrderEvents } from 'seckill-core';
import { beforeAll, expect, test } from 'vitest';
import { runSeckill } from './support/run-seckill.ts';

const servers = useTestServers();
const run = (...args: string[]) =>
  runSeckill(['events', ...args], { NATS_URL: servers.natsUrl, DATABASE_URL: servers.databaseUrl });

let saleId: string;
const inStream = (): OrderEvent => ({
  event: 'created',
  orderId: newReservationId('00002a'),
  saleId,
  itemId: '00002a',
  userId: 'in "the" stream',
  quantity: 1,
  amountCents: 5,
  currency: 'EUR',
  reservedAt: Date.now(),
  at: Date.now(),
  payBy: Date.now(),
  version: 0,
});

beforeAll(async () => {
  const [sale] = await fillBooks(servers.databaseUrl, { orders: 10 });
  saleId = sale?.saleId ?? '';
});

test('events says that the stream is missing, and what is wrong with its flags', async () => {
  expect(await run('--from', 'beginning')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('NATS has no stream SECKILL_ORDERS'),
  });
  for (const [args, fault] of [
    [[], 'Name where to begin'],
    [['--from', '2026-11-01T10:00'], 'ends in Z or an offset'],
    [['--from', 'beginning', '--to', 'now'], '--to takes a time'],
    [['--from', 'beginning', '--type', 'payed'], '"payed" is not one of created, paid'],
    [['--from', 'beginning', '--sale', 'x'], 'is not the id of a sale'],
  ] as const)
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(fault) });
});

test('events prints what PostgreSQL and the stream hold, as lines and as CloudEvents', async () => {
  const nats = await connectNats(servers.natsUrl, 'test');
  await ensureStreams(await jetstreamManager(nats));
  const publisher = new Publisher(nats);
  await sendOrderEvents(publisher, [inStream()]);
  await publisher.close();
  await nats.close();

  const { code, stdout, stderr } = await run('--from', 'beginning', '--ndjson');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  // Of ten orders six are paid, each after its payment began; three are cancelled, and one waits for its payment.
  expect(events).toHaveLength(26);
  expect(events.at(-1)).toMatchObject({
    specversion: '1.0',
    type: 'seckill.order.created.v1',
    data: { userId: 'in "the" stream' },
  });
  const paid = (await run('--from', 'beginning', '--sale', saleId, '--type', 'paid')).stdout.trim().split('\n');
  expect(paid).toHaveLength(6);
  expect(paid[0]).toMatch(/^\S+Z {2}paid {13}[0-9a-f-]{36} {2}v1 {2}1000 EUR {2}user-\d$/);
  const before = new Date(Date.now() - 60_000).toISOString();
  expect((await run('--from', '2020-01-01', '--to', before, '--type', 'created')).stdout.trim().split('\n')).toHaveLength(10);
  expect((await run('--from', before)).stdout.trim().split('\n')).toHaveLength(1);
});
