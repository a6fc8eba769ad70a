import { calls } from 'seckill-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mailListener } from '../../../src/listeners/mail/mail.ts';
import { eventually, type Platform, usePlatform } from '../../support/platform.ts';
import { MailServer } from './mail-server.ts';

const on = usePlatform();
let server: MailServer;
beforeEach(async () => {
  server = await new MailServer().start();
});
afterEach(() => server.stop());

const publicUrl = 'https://shop.example';

async function startMail(platform: Platform): Promise<void> {
  await platform.prisma.listenerPosition.deleteMany({ where: { listener: 'mail' } });
  const settings = {
    SMTP_URL: server.url,
    MAIL_FROM: 'shop@shop.example',
    SHOP_NAME: 'Lamps & More',
    SHOP_TIME_ZONE: 'Asia/Shanghai',
    SHOP_LOCALE: 'en',
  } as const;
  await platform.startWorker({ listeners: [mailListener(settings, { prisma: platform.prisma, publicUrl })] });
  const isThere = async () => (await platform.prisma.listenerPosition.count({ where: { listener: 'mail' } })) === 1;
  await eventually(isThere, 'the listener listens');
}

const addressesOf = (platform: Platform, contacts: { userId: string; email?: string; locale?: string }[]) =>
  platform.call(calls.keepContacts, { contacts });

/** The lane, the newest task first. */
const tasks = (platform: Platform) => platform.prisma.listenerTask.findMany({ where: { lane: 'mail' }, orderBy: { id: 'desc' } });
const isDone = (platform: Platform, count: number) => async () =>
  (await tasks(platform)).filter(({ state }) => state === 'DONE' || state === 'DEAD').length >= count;

beforeEach(async () => {
  await on.platform.prisma.listenerTask.deleteMany({ where: { lane: 'mail' } });
});

/** The words of a mail: its MIME parts, decoded. */
function partsOf(source: string): string[] {
  const boundary = /boundary="([^"]+)"/.exec(source)?.[1] ?? '';
  return source
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => {
      const [head = '', ...rest] = part.split('\r\n\r\n');
      const body = rest.join('\r\n\r\n');
      if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString();
      return Buffer.from(
        body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
        'latin1',
      ).toString();
    });
}

test('a buyer is written to when the order is made and paid, as text and HTML, each once', async () => {
  const { platform } = on;
  await startMail(platform);
  const sale = await platform.openSale({ stock: 1 });
  await addressesOf(platform, [{ userId: 'ada', email: 'ada@mail.example' }]);
  const [win] = await platform.win(sale, ['ada']);
  const orderId = win?.reservationId ?? '';
  await eventually(() => server.mails.length === 1, 'the first mail');
  const first = server.mails[0];
  expect(first?.to).toBe('ada@mail.example');
  expect(first?.messageId).toBe(`<created.${orderId}@shop.example>`);
  const [text = '', html = ''] = partsOf(first?.source ?? '');
  expect(text).toContain(`${publicUrl}/orders#${orderId}`);
  expect(text).toMatch(/pay by .*GMT\+8/i);
  expect(text).toContain('€10.00');
  expect(html).toContain('<html lang="en">');
  expect(html).toContain('Lamps &amp; More');

  const { paymentId } = await platform.call(calls.startPayment, { userId: 'ada', orderId });
  await platform.reportPaid(orderId, paymentId);
  await eventually(() => server.mails.length === 2, 'the second mail');
  expect(server.mails[1]?.messageId).toContain('paid.');
  await eventually(isDone(platform, 2), 'both are written');
  expect(server.mails).toHaveLength(2);
});

test('a Chinese buyer is written to in Chinese', async () => {
  const { platform } = on;
  await startMail(platform);
  const sale = await platform.openSale({ stock: 1 });
  await addressesOf(platform, [{ userId: 'lin', email: 'lin@mail.example', locale: 'zh-CN' }]);
  await platform.win(sale, ['lin']);
  await eventually(() => server.mails.length === 1, 'the mail');
  const [text = '', html = ''] = partsOf(server.mails[0]?.source ?? '');
  expect(text).toContain('您已抢到');
  expect(html).toContain('<html lang="zh">');
});

describe('a mail is not lost', () => {
  test('if the mail server is away, and comes back', async () => {
    const { platform } = on;
    await startMail(platform);
    const sale = await platform.openSale({ stock: 1 });
    await addressesOf(platform, [{ userId: 'bob', email: 'bob@mail.example' }]);
    await server.stop();
    await platform.win(sale, ['bob']);
    await eventually(async () => ((await tasks(platform))[0]?.attempts ?? 0) > 0, 'a try');
    await server.start();
    await eventually(() => server.mails.length === 1, 'the mail');
  });

  test('if the server asks to come back later', async () => {
    const { platform } = on;
    await startMail(platform);
    const sale = await platform.openSale({ stock: 1 });
    await addressesOf(platform, [{ userId: 'bob', email: 'bob@mail.example' }]);
    server.refusals.push(450);
    await platform.win(sale, ['bob']);
    await eventually(() => server.mails.length === 1, 'the mail');
  });
});

test('a mail that the server refuses for good is dead, and the log does not name the buyer', async () => {
  const { platform } = on;
  await startMail(platform);
  const sale = await platform.openSale({ stock: 1 });
  await addressesOf(platform, [{ userId: 'gone', email: 'gone@mail.example' }]);
  server.refusals.push(550);
  await platform.win(sale, ['gone']);
  await eventually(isDone(platform, 1), 'it is given up');
  const [task] = await tasks(platform);
  expect(task?.state).toBe('DEAD');
  expect(JSON.stringify(task?.history)).toContain('550');
  expect(JSON.stringify(task?.history)).not.toContain('gone@');
});

test('an address that comes late is waited for, and a buyer without one is skipped', async () => {
  const { platform } = on;
  await startMail(platform);
  const sale = await platform.openSale({ stock: 2 });
  await platform.win(sale, ['late', 'nowhere']);
  await eventually(async () => (await tasks(platform)).some(({ attempts }) => attempts > 0), 'a try');
  await addressesOf(platform, [{ userId: 'late', email: 'late@mail.example' }]);
  await eventually(() => server.mails.length === 1, 'the mail');
  await eventually(isDone(platform, 2), 'both are settled');
  expect((await tasks(platform)).map(({ history }) => JSON.stringify(history)).join()).toContain('no email is known');
});
