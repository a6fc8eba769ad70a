import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { smsListener } from '../../../src/listeners/sms/sms.ts';
import { eventually, type Platform, usePlatform } from '../../support/platform.ts';

const on = usePlatform();

interface Asked {
  path: string;
  key: string | undefined;
  authorization: string | undefined;
  body: { to: string; text: string; language: string; template: string };
}

/** The shop's own services: contacts, and text messages. */
let server: Server;
let asked: Asked[];
let statuses: number[];
beforeEach(async () => {
  asked = [];
  statuses = [];
  server = createServer(async (request, response) => {
    const path = request.url ?? '';
    if (path.startsWith('/contacts/')) {
      const userId = decodeURIComponent(path.slice('/contacts/'.length));
      response.writeHead(userId === 'ghost' ? 404 : 200, { 'content-type': 'application/json' });
      return response.end(JSON.stringify({ phone: '+8613800000000', locale: 'zh', name: userId }));
    }
    const key = request.headers['idempotency-key']?.toString();
    const { authorization } = request.headers;
    asked.push({ path, key, authorization, body: JSON.parse(await text(request)) });
    response.writeHead(statuses.shift() ?? 200, { 'content-type': 'application/json' });
    return response.end(JSON.stringify({ messageId: 'm1' }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await on.platform.prisma.listenerTask.deleteMany({ where: { lane: 'sms' } });
});
afterEach(() => server.close());

async function startSms(platform: Platform, mostPerDay = 10): Promise<void> {
  await platform.prisma.listenerPosition.deleteMany({ where: { listener: 'sms' } });
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = {
    SMS_URL: `${at}/messages`,
    SMS_SECRET: 'secret',
    SMS_EVENTS: 'created,cancelled',
    SMS_PER_DAY: mostPerDay,
    SHOP_NAME: 'Lamps',
    SHOP_TIME_ZONE: 'UTC',
    SHOP_LOCALE: 'en',
    CONTACT_URL: `${at}/contacts`,
  } as const;
  await platform.startWorker({
    listeners: [smsListener(settings, { prisma: platform.prisma, publicUrl: 'https://shop.example' })],
  });
  const isThere = async () => (await platform.prisma.listenerPosition.count({ where: { listener: 'sms' } })) === 1;
  await eventually(isThere, 'the listener listens');
}

const settled = (platform: Platform) =>
  platform.prisma.listenerTask.findMany({ where: { lane: 'sms', state: { in: ['DONE', 'DEAD'] } }, orderBy: { id: 'asc' } });

test('a buyer gets a text message in their language, under the event id, with the secret', async () => {
  const { platform } = on;
  await startSms(platform);
  const sale = await platform.openSale({ stock: 1 });
  const [win] = await platform.win(sale, ['lin/林']);
  await eventually(() => asked.length === 1, 'the message');
  expect(asked[0]).toMatchObject({
    path: '/messages',
    key: `created:${win?.reservationId}`,
    authorization: 'Bearer secret',
    body: { to: '+8613800000000', language: 'zh', template: 'order.created' },
  });
  expect(asked[0]?.body.text).toContain('【Lamps】');
  expect(asked[0]?.body.text).toContain(`https://shop.example/orders#${win?.reservationId}`);
});

test('a service that is overloaded is asked again under the same id, and one that refuses is not', async () => {
  const { platform } = on;
  await startSms(platform);
  const sale = await platform.openSale({ stock: 2 });
  statuses.push(503);
  await platform.win(sale, ['ada']);
  await eventually(() => asked.length === 2, 'the second try');
  expect(asked[0]?.key).toBe(asked[1]?.key);
  statuses.push(422);
  await platform.win(sale, ['eve']);
  await eventually(async () => (await settled(platform)).length === 2, 'both are settled');
  expect((await settled(platform)).map(({ state }) => state)).toEqual(['DONE', 'DEAD']);
  expect(asked).toHaveLength(3);
});

test('a user gets no more messages a day than the limit allows', async () => {
  const { platform } = on;
  await startSms(platform, 2);
  const sale = await platform.openSale({ stock: 5, limitPerUser: 5 });
  for (let i = 0; i < 5; i += 1) await platform.win(sale, ['greedy']);
  await eventually(async () => (await settled(platform)).length === 5, 'all are settled');
  expect(asked).toHaveLength(2);
  expect((await settled(platform)).filter(({ history }) => JSON.stringify(history).includes('has had 2 messages'))).toHaveLength(
    3,
  );
});

test('a user whom the contact service does not know gets no message', async () => {
  const { platform } = on;
  await startSms(platform);
  const sale = await platform.openSale({ stock: 1 });
  await platform.win(sale, ['ghost']);
  await eventually(async () => (await settled(platform)).length === 1, 'it is settled');
  expect(asked).toHaveLength(0);
});
