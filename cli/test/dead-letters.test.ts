import { jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { useTestServers } from 'dev/test';
import { Redis } from 'ioredis';
import { findDeadLetter } from 'order-worker';
import {
  advance,
  connectNats,
  type DeadLetter,
  deadLetter,
  ensureStreams,
  newId,
  newReservationId,
  Publisher,
  readReservation,
  send,
  stockReserved,
} from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { contentOf } from '../src/dead-letters/lines.ts';
import { readRequest } from '../src/dead-letters/request.ts';
import { type Run, runSeckill } from './support/run-seckill.ts';

const servers = useTestServers();
let nats: NatsConnection;
let publisher: Publisher;

beforeAll(async () => {
  nats = await connectNats(servers.natsUrl, 'test');
  publisher = new Publisher(nats);
});
beforeEach(async () => {
  const manager = await jetstreamManager(nats);
  await ensureStreams(manager);
  await manager.streams.purge('SECKILL_DEAD_LETTERS');
});
afterAll(async () => {
  await publisher.close();
  await nats.close();
});

const saleId = newId();
const subject = stockReserved.subject({ saleId, itemId: '00002a' });

async function bury(changes: Partial<DeadLetter> = {}): Promise<number> {
  const letter: DeadLetter = {
    consumer: 'orders',
    stream: 'SECKILL_RESERVATIONS',
    seq: 1,
    subject,
    messageId: 'an-id',
    data: Buffer.from('{"quantity":-1}').toString('base64'),
    reason: 'Not a stock-reserved: /quantity must be >= 1.',
    deliveries: 8,
    firstSeenAt: Date.UTC(2026, 0, 1),
    diedAt: Date.UTC(2026, 0, 1, 0, 0, 20),
    ...changes,
  };
  return (await send(publisher, deadLetter, letter, newId())).seq;
}

function deadLetters(args: string[], env: Record<string, string> = {}): Promise<Run> {
  const { natsUrl, redisUrl, databaseUrl } = servers;
  return runSeckill(['dead-letters', ...args], { NATS_URL: natsUrl, REDIS_URL: redisUrl, DATABASE_URL: databaseUrl, ...env });
}

test('list says which consumer failed, why, and its history', async () => {
  const first = await bury();
  const second = await bury({
    consumer: 'payments',
    stream: 'SECKILL_PAYMENTS',
    reason: 'There is no payment X.',
    deliveries: 1,
  });
  const { code, stdout } = await deadLetters(['list']);
  expect(stdout).toBe(
    [
      `#${first}  orders  ${subject}  8 deliveries, first seen 2026-01-01T00:00:00.000Z, died 2026-01-01T00:00:20.000Z`,
      '    Not a stock-reserved: /quantity must be >= 1.',
      `#${second}  payments  ${subject}  1 delivery, first seen 2026-01-01T00:00:00.000Z, died 2026-01-01T00:00:20.000Z`,
      '    There is no payment X.',
      '',
    ].join('\n'),
  );
  expect(code).toBe(0);
  const ofPayments = await deadLetters(['list', '--consumer', 'payments', '--json']);
  expect(JSON.parse(ofPayments.stdout)).toMatchObject([{ seq: second, letter: { consumer: 'payments' } }]);
});

test('show prints everything, the content in full', async () => {
  const seq = await bury();
  const { code, stdout } = await deadLetters(['show', `#${seq}`]);
  expect(stdout).toMatch(/reason +Not a stock-reserved.*consumer +orders.*message +SECKILL_RESERVATIONS #1.*message id +an-id/s);
  expect(stdout).toContain('"quantity": -1');
  expect(code).toBe(0);
});

test('content that is not JSON is shown as it is, and binary data in base64', () => {
  const shown = (bytes: Buffer) => contentOf(bytes.toString('base64'));
  expect(shown(Buffer.from('{"garbled'))).toBe('{"garbled');
  expect(shown(Buffer.from([0xff, 0xfe]))).toBe('(not text; in base64) //4=');
});

test('replay publishes it on its own subject; --all does so with each, and reports the failures', async () => {
  const seq = await bury();
  const { code, stdout } = await deadLetters(['replay', String(seq)]);
  expect(stdout).toMatch(`#${seq} was published again: message 1 on ${subject}, under the id an-id.`);
  expect(code).toBe(0);
  await bury({ messageId: 'another' });
  await bury({ messageId: 'lost', subject: 'no.stream' });
  const all = await deadLetters(['replay', '--all']);
  expect(all.stdout).toContain('1 of 2 dead letters were published again.');
  expect(all.stderr).toContain('no stream has this subject');
  expect(all.code).toBe(1);
});

test('discard rejects the winner, and the units return', async () => {
  const prisma = createPrisma({ databaseUrl: servers.databaseUrl, max: 1 });
  const redis = new Redis(servers.redisUrl);
  const times = { startsAt: new Date(), endsAt: new Date(Date.now() + 60_000) };
  const { items } = await prisma.sale.create({
    data: {
      ...{ id: saleId, title: 'A sale', payTimeoutSeconds: 60, tokenLeadSeconds: 0, ratePerSecond: 1, burst: 1, ...times },
      items: { create: [{ position: 0, title: 'An item', priceCents: 1, currency: 'EUR', stock: 1 }] },
    },
    include: { items: true },
  });
  const itemId = items[0]?.id ?? '';
  const win = { reservationId: newReservationId(itemId), userId: 'buyer', quantity: 1, reservedAt: Date.now() };
  await advance(redis, itemId, 'RESERVED', [{ ...win, payBy: 0 }]);
  const data = Buffer.from(JSON.stringify({ ...win, itemId, saleId })).toString('base64');
  const seq = await bury({ data, messageId: win.reservationId });

  const { code, stdout } = await deadLetters(['discard', String(seq)]);
  expect(stdout).toBe(`#${seq} is discarded. The reservation ${win.reservationId} of buyer is REJECTED; 1 unit returns.\n`);
  expect(code).toBe(0);
  expect((await readReservation(redis, win.reservationId))?.status).toBe('REJECTED');
  expect(await prisma.rejection.count()).toBe(1);
  redis.disconnect();
  await prisma.$disconnect();
});

test.each([
  [[], 'Name what to do'],
  [['revive'], '"revive" is not one of list, show, replay and discard.'],
  [['show'], 'show needs the number'],
  [['show', '1', '2'], '"2" is one argument too many.'],
  [['list', '3'], 'list takes no number'],
  [['replay', 'twelve'], '"twelve" is not the number of a dead letter'],
  [['replay', '3', '--all'], 'Use --all or 3, not both.'],
  [['discard', '--all'], 'discard takes one at a time'],
  [['list', '--colour'], '--colour'],
])('%j: says what is wrong', (args, words) => {
  expect(() => readRequest(args, 'seckill dead-letters')).toThrow(words);
});

test('an unknown verb: exit 2, what is wrong, and the usage', async () => {
  const { code, stderr } = await deadLetters(['revive']);
  expect(stderr).toMatch(/^"revive" is not one of.*npm run dead-letters -- list/s);
  expect(code).toBe(2);
});

test('an unknown number: exit 1, and how to list the numbers', async () => {
  expect(await deadLetters(['show', '4711'])).toMatchObject({
    code: 1,
    stderr: 'There is no dead letter 4711. "npm run dead-letters -- list" shows all of them.\n',
  });
});

test('a server is away: which, why it is needed, and what to set; the dead letter stays', async () => {
  const seq = await bury();
  const away = {
    NATS_URL: 'nats://127.0.0.1:1',
    REDIS_URL: 'redis://127.0.0.1:1',
    DATABASE_URL: 'postgresql://a:b@127.0.0.1:1/c',
  };
  await Promise.all(
    Object.entries(away).map(async ([variable, url]) => {
      const { code, stderr } = await deadLetters(['discard', String(seq)], { [variable]: url });
      expect(stderr).toMatch(new RegExp(`^Could not reach (NATS|Redis|PostgreSQL) at 127.0.0.1:1: .*Set ${variable}`, 's'));
      expect(code).toBe(1);
    }),
  );
  expect(await findDeadLetter(nats, seq)).toMatchObject({ seq });
});

test('no platform has ever run on this NATS: it says so', async () => {
  await (await jetstreamManager(nats)).streams.delete('SECKILL_DEAD_LETTERS');
  expect((await deadLetters(['list'])).stderr).toContain('NATS has no stream SECKILL_DEAD_LETTERS');
});
