import { createPrivateKey, X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SandboxAnswer } from '../../../../payment-sandbox/src/protocol.ts';
import { selfSigned } from '../../../../payment-sandbox/src/protocols/wechatpay/certificate.ts';
import type { PaymentProvider } from '../../../src/payments/provider.ts';
import { provider as module } from '../../../src/payments/providers/wechatpay/index.ts';
import { adapter, aPayment, StandIn, settings, soon } from './stand-in.ts';

const { both, certificates } = settings;

let standIn: StandIn;
let provider: PaymentProvider;

async function start({ sandbox, worker }: typeof both, more: Record<string, string> = {}): Promise<void> {
  standIn = new StandIn();
  await standIn.listen();
  standIn.use(sandbox);
  provider = await adapter({ ...worker, WECHATPAY_API_URL: `${standIn.url}/wechatpay`, ...more });
}
afterEach(async () => {
  vi.useRealTimers();
  await standIn?.stop();
});

const unavailable = async (work: Promise<unknown>): Promise<string> => {
  const error = (await work.then(
    () => new Error('It did not fail.'),
    (reason: Error) => reason,
  )) as Error;
  expect(error.name).toBe('ProviderUnavailable');
  expect(error.message).not.toMatch(/[\u4e00-\u9fff]/);
  return error.message;
};
const timesAsked = () => standIn.requests.filter((request) => request.endsWith('/v3/certificates')).length;
const paid = async () => {
  const payment = aPayment();
  await provider.createCheckout(payment, soon());
  standIn.pay(payment);
  return payment;
};

describe('an answer', () => {
  beforeEach(() => start(both));

  test.each<[string, (answer: SandboxAnswer) => SandboxAnswer]>([
    ['without a signature', ({ status, body }) => ({ status, body })],
    ['with a changed body', (answer) => ({ ...answer, body: String(answer.body).replace('NOTPAY', 'CLOSED') })],
    ['with an old time', (answer) => ({ ...answer, headers: { ...answer.headers, 'wechatpay-timestamp': '1722850421' } })],
    ['with an unknown key', (answer) => ({ ...answer, headers: { ...answer.headers, 'wechatpay-serial': 'ABCDEF' } })],
    [
      'with a signature that tests us',
      (answer) => ({ ...answer, headers: { ...answer.headers, 'wechatpay-signature': 'WECHATPAY/SIGNTEST/AAAA' } }),
    ],
  ])('%s is not believed', async (_, change) => {
    const payment = aPayment();
    await provider.createCheckout(payment, soon());
    standIn.tamper = change;
    expect(await unavailable(provider.getPayment(payment, soon()))).toContain('not signed by WeChat Pay');
    standIn.tamper = (answer) => answer;
    expect(await provider.getPayment(payment, soon())).toEqual({ state: 'open' });
  });

  test('about another payment is not believed, although it is signed', async () => {
    const [mine, other] = [await paid(), await paid()];
    const answers: SandboxAnswer[] = [];
    standIn.tamper = (answer) => {
      answers.push(answer);
      return answers[0];
    };
    expect(await provider.getPayment(other, soon())).toMatchObject({ state: 'paid' });
    expect(await unavailable(provider.getPayment(mine, soon()))).toContain('another payment');
  });

  test('that is missing, too late or a fault of the server leaves the outcome open', async () => {
    const payment = await paid();
    standIn.tamper = () => undefined;
    expect(await unavailable(provider.getPayment(payment, soon()))).toContain('did not answer');
    expect(await unavailable(provider.closeCheckout(payment, performance.now() - 1))).toContain('no time left');
    standIn.tamper = (answer) => ({ ...answer, status: 502 });
    await unavailable(provider.createCheckout(payment, soon()));
  });

  test('to a merchant with a wrong key says what is wrong', async () => {
    provider = await adapter({ ...both.worker, WECHATPAY_API_URL: `${standIn.url}/wechatpay`, WECHATPAY_SERIAL_NO: 'A1' });
    expect(await unavailable(provider.createCheckout(aPayment(), soon()))).toMatch(/401 \(SIGN_ERROR\).*serial number is wrong/);
  });
});

describe('a platform certificate', () => {
  beforeEach(() => start(certificates));

  const otherKey = both.sandbox['SANDBOX_WECHATPAY_PLATFORM_KEY'] ?? '';

  test('that is new is fetched when it first signs, and one that is gone is not believed', async () => {
    const payment = await paid();
    const { headers, body } = standIn.notification(payment);
    expect(timesAsked()).toBe(1);
    standIn.use({ ...certificates.sandbox, SANDBOX_WECHATPAY_CERTIFICATE_KEY: otherKey });
    // Strangers choose serial numbers, so the next look comes after a minute.
    await unavailable(provider.getPayment(payment, soon()));
    expect(timesAsked()).toBe(1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await provider.getPayment(payment, soon())).toMatchObject({ state: 'paid' });
    expect(timesAsked()).toBe(2);
    expect(await provider.readNotification(Buffer.from(body), headers)).toMatchObject({
      kind: 'invalid',
      answer: { status: 401 },
    });
  });

  test('is looked at again after 12 hours, and stays in use if that fails', async () => {
    const payment = await paid();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 12 * 3_600_000 });
    standIn.tamper = (answer, path) => (path.endsWith('/certificates') ? { ...answer, status: 500 } : answer);
    const isPaid = async () => expect(await provider.getPayment(payment, soon())).toMatchObject({ state: 'paid' });
    for (let i = 0; i < 3; i += 1) await isPaid();
    expect(timesAsked()).toBe(2);
    standIn.tamper = (answer) => answer;
    vi.setSystemTime(Date.now() + 60_000);
    for (let i = 0; i < 3; i += 1) await isPaid();
    expect(timesAsked()).toBe(3);
  });

  test('is asked for once by a rush, and a fault is not remembered', async () => {
    standIn.tamper = (answer, path) => (path.endsWith('/certificates') ? { ...answer, status: 500 } : answer);
    await unavailable(provider.createCheckout(aPayment(), soon()));
    standIn.tamper = (answer) => answer;
    await Promise.all(Array.from({ length: 20 }, () => provider.createCheckout(aPayment(), soon())));
    expect(timesAsked()).toBe(2);
  });

  test('from a stranger, or sealed with another API v3 key, is not believed', async () => {
    await start(certificates, { WECHATPAY_API_V3_KEY: 'x'.repeat(32) });
    expect(await unavailable(provider.createCheckout(aPayment(), soon()))).toContain('WECHATPAY_API_V3_KEY does not open');
    standIn.use({ ...certificates.sandbox, SANDBOX_WECHATPAY_API_V3_KEY: 'x'.repeat(32) });
    standIn.tamper = ({ status, body }) => ({ status, body });
    expect(await unavailable(provider.createCheckout(aPayment(), soon()))).toContain('not signed by WeChat Pay');
  });

  test('of the stand-in is one that Node reads and verifies', () => {
    const { pem, serialNo } = selfSigned(createPrivateKey(otherKey), 'WeChat Pay stand-in');
    const certificate = new X509Certificate(pem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.serialNumber).toBe(serialNo);
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now());
  });
});

describe('a notification', () => {
  const read = ({ headers, body }: { headers: Readonly<Record<string, string>>; body: string }) =>
    provider.readNotification(Buffer.from(body), headers);
  const refused = (reason: string, status = 401) => ({
    kind: 'invalid',
    reason: expect.stringContaining(reason),
    answer: { status, contentType: 'application/json', body: expect.stringContaining('"code":"FAIL"') },
  });

  test('from a stranger is refused', async () => {
    await start(both);
    const real = standIn.notification(await paid());
    const header = (name: string, value: string) => ({ ...real, headers: { ...real.headers, [name]: value } });
    expect(await read(standIn.protocol.forge(real))).toEqual(refused('signature of the notification is wrong'));
    expect(await read({ ...real, body: real.body.replace('SUCCESS', 'CLOSED') })).toEqual(refused('signature'));
    expect(await read({ ...real, headers: {} })).toEqual(refused('no signature'));
    expect(await read(header('wechatpay-timestamp', '1722850421'))).toEqual(refused('5 minutes'));
    expect(await read(header('wechatpay-timestamp', 'NaN'))).toEqual(refused('5 minutes'));
    expect(await read(header('wechatpay-serial', 'ABCDEF'))).toEqual(refused('unknown key'));
    expect(await read(header('wechatpay-signature', 'WECHATPAY/SIGNTEST/AAAA'))).toEqual(refused('test by WeChat Pay'));
    expect(await read(real)).toMatchObject({ kind: 'events' });
  });

  test('that is sent twice has the same id, and one that is late is signed with its own time', async () => {
    await start(both);
    const payment = await paid();
    const [first, second] = [standIn.notification(payment), standIn.notification(payment)];
    expect(second.body).not.toBe(first.body);
    expect(await read(second)).toEqual(await read(first));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    expect(await read(first)).toMatchObject({ kind: 'invalid' });
    expect(await read(standIn.notification(payment))).toMatchObject({ kind: 'events' });
  });

  test('that the API v3 key does not open is refused', async () => {
    await start(both, { WECHATPAY_API_V3_KEY: 'x'.repeat(32) });
    expect(await read(standIn.notification(await paid()))).toEqual(refused('WECHATPAY_API_V3_KEY does not open'));
  });

  test.each([
    ['merchant', { SANDBOX_WECHATPAY_MCH_ID: '1900000109' }],
    ['app', { SANDBOX_WECHATPAY_APP_ID: 'wx0000000000000000' }],
  ])('for another %s is refused', async (_, more) => {
    await start(both);
    const payment = await paid();
    standIn.use({ ...both.sandbox, ...more });
    expect(await read(standIn.notification(payment))).toEqual(refused('another merchant or app'));
  });

  test("of the merchant's other systems is taken, and says nothing here", async () => {
    await start(both);
    const payment = await paid();
    standIn.books.open({ ...standIn.payment(payment), paymentId: 'invoice-2026' });
    const other = standIn.books.pay('wechatpay:invoice-2026');
    const made = standIn.protocol.notificationOf({ id: 'EV-1', kind: 'paid', payment: other });
    expect(await read(made ?? standIn.notification(payment))).toMatchObject({
      kind: 'events',
      events: [],
      answer: { status: 200 },
    });
  });

  test('that comes before the certificates are known is asked for again', async () => {
    await start(both);
    const payment = await paid();
    await start(certificates);
    const real = await paid().then((mine) => standIn.notification(mine));
    provider = await adapter({ ...certificates.worker, WECHATPAY_API_URL: `${standIn.url}/wechatpay` });
    standIn.tamper = () => undefined;
    expect(await read(real)).toEqual(refused('not known yet', 500));
    standIn.tamper = (answer) => answer;
    expect(await read(real)).toMatchObject({ kind: 'events' });
    expect(payment.paymentId).toBeDefined();
  });
});

test('settings that do not work together are faults, and no fault shows a key', () => {
  const { worker } = both;
  const faultsOf = (more: Record<string, string | undefined>) =>
    module.faultsOf?.({ ...worker, ...more } as Parameters<NonNullable<typeof module.faultsOf>>[0], false) ?? [];
  expect(faultsOf({})).toEqual([]);
  expect(faultsOf({ WECHATPAY_PUBLIC_KEY: undefined, WECHATPAY_PUBLIC_KEY_ID: undefined })).toEqual([]);
  expect(faultsOf({ WECHATPAY_PUBLIC_KEY: undefined })).toEqual([expect.stringContaining('go together')]);
  const faults = faultsOf({ WECHATPAY_PRIVATE_KEY: '/no/such/secret.pem', WECHATPAY_API_V3_KEY: 'secret' });
  expect(faults).toEqual([expect.stringContaining('neither a key in PEM form'), expect.stringContaining('32 characters')]);
  expect(faults.join()).not.toContain('secret');
});
