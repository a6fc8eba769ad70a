import { expect, test } from 'vitest';
import { operatorOnly } from '../../src/security/admin-token.ts';
import { clientNetworkOf } from '../../src/security/client-network.ts';
import { WrongTokens } from '../../src/security/wrong-tokens.ts';

const from = (remoteAddress: string, headers: Record<string, string> = {}) => ({ headers, socket: { remoteAddress } });

test('after many wrong tokens a client waits longer and longer, and other clients do not', () => {
  const wrong = new WrongTokens();
  let now = 0;
  const waits = Array.from({ length: 60 }, () => {
    wrong.add('a', now);
    const wait = wrong.waitMs('a', now);
    now += wait;
    return wait;
  });
  expect(waits.slice(0, 50)).toEqual(Array(50).fill(0));
  expect(waits.slice(50)).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60].map((seconds) => seconds * 1_000));
  expect(wrong.waitMs('b', now)).toBe(0);
  wrong.add('a', now + 11 * 60_000);
  expect(wrong.waitMs('a', now + 11 * 60_000)).toBe(0);
});

test('the number of clients that are remembered is bounded', () => {
  const wrong = new WrongTokens();
  for (let i = 0; i < 60; i += 1) wrong.add('first', 0);
  for (let i = 0; i < 10_000; i += 1) wrong.add(`${i}`, 0);
  expect(wrong.waitMs('first', 0)).toBe(0);
});

test('while a client waits, even the right token is not compared; it is served from elsewhere', async () => {
  const admit = operatorOnly(['right']);
  const call = (token: string, address: string) => admit(from(address, { authorization: `Bearer ${token}` }) as never);
  for (let i = 0; i < 51; i += 1) await expect(call(`wrong${i}`, '192.0.2.1')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  for (const token of ['right', 'wrong']) {
    const refused = await call(token, '192.0.2.1').catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.toSatisfy((ms) => ms > 0 && ms <= 1_250) });
  }
  await call('right', '192.0.2.2');
});

test.each([
  ['an IPv4 address is a client', from('198.51.100.7'), '198.51.100.7'],
  ['written as IPv6 too', from('::ffff:198.51.100.7'), '198.51.100.7'],
  ['a /64 of IPv6 is one', from('2001:db8:1:2:3::1'), '2001:db8:1:2'],
  ['in any notation', from('2001:0DB8::5'), '2001:db8:0:0'],
  [
    'a proxy in a private network names the client',
    from('10.1.2.3', { 'x-forwarded-for': '6.6.6.6, 2001:db8:1:2::9' }),
    '2001:db8:1:2',
  ],
  ["a proxy in a cloud's shared network too", from('100.72.3.4', { 'x-forwarded-for': '203.0.113.1' }), '203.0.113.1'],
  ['other peers are not believed', from('198.51.100.7', { 'x-forwarded-for': '203.0.113.1' }), '198.51.100.7'],
])('%s', (_what, request, network) => {
  expect(clientNetworkOf(request)).toBe(network);
});
