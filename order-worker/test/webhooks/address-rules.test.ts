import { lookup as resolveName } from 'node:dns';
import { describe, expect, test, vi } from 'vitest';
import { AddressRefused, AddressRules, readAllowedPrivate } from '../../src/webhooks/address-rules.ts';

vi.mock('node:dns', () => ({ lookup: vi.fn() }));

const rules = new AddressRules([]);
const check =
  (url: string, these = rules) =>
  () =>
    these.checkUrl(new URL(url));

test.each([
  ['loopback', 'https://127.0.0.1/'],
  ['loopback in other spellings', 'https://127.1/'],
  ['loopback as a number', 'https://2130706433/'],
  ['loopback in hexadecimal', 'https://0x7f.0.0.1/'],
  ['loopback of IPv6', 'https://[::1]/'],
  ['every address', 'https://0.0.0.0/'],
  ['every address of IPv6', 'https://[::]/'],
  ['private', 'https://10.1.2.3/'],
  ['private', 'https://172.31.255.255/'],
  ['private', 'https://192.168.0.1/'],
  ['link-local, with the metadata of clouds', 'https://169.254.169.254/latest/meta-data'],
  ['carrier-grade NAT', 'https://100.64.0.1/'],
  ['carrier-grade NAT, with the metadata of Alibaba Cloud', 'https://100.100.100.200/'],
  ['benchmarks', 'https://198.18.0.1/'],
  ['documentation', 'https://203.0.113.9/'],
  ['multicast', 'https://224.0.0.1/'],
  ['broadcast', 'https://255.255.255.255/'],
  ['IPv4 mapped to IPv6', 'https://[::ffff:127.0.0.1]/'],
  ['IPv4 mapped to IPv6, in hexadecimal', 'https://[::ffff:a9fe:a9fe]/'],
  ['IPv4 compatible with IPv6', 'https://[::7f00:1]/'],
  ['NAT64 of a private address', 'https://[64:ff9b::10.0.0.1]/'],
  ['6to4 of a private address', 'https://[2002:a00:1::]/'],
  ['Teredo', 'https://[2001:0:1:2::3]/'],
  ['unique local', 'https://[fd00:ec2::254]/'],
  ['link-local of IPv6', 'https://[fe80::1]/'],
  ['multicast of IPv6', 'https://[ff02::1]/'],
])('%s is refused: %s', (_, url) => {
  expect(check(url)).toThrow(AddressRefused);
  expect(check(url, new AddressRules(true))).not.toThrow();
});

test.each(['https://1.1.1.1/', 'https://[2606:4700::1111]/', 'https://[::ffff:1.1.1.1]/', 'https://[64:ff9b::1.1.1.1]/'])(
  'a public address is allowed: %s',
  (url) => expect(check(url)).not.toThrow(),
);

test('http is refused at public addresses, and allowed at those that are allowed', () => {
  expect(check('http://1.1.1.1/')).toThrow(/Use https/);
  expect(check('http://10.1.2.3/', new AddressRules(['10.1.0.0/16']))).not.toThrow();
  expect(check('http://10.2.2.3/', new AddressRules(['10.1.0.0/16']))).toThrow(AddressRefused);
  expect(check('http://[fd00::1]/', new AddressRules(['fd00::/8']))).not.toThrow();
  expect(check('http://[::ffff:10.1.2.3]/', new AddressRules(['10.1.0.0/16']))).not.toThrow();
});

test('a URL with a password or a fragment is refused', () => {
  expect(check('https://me:secret@1.1.1.1/')).toThrow(/password/);
  expect(check('https://1.1.1.1/#top')).toThrow(/fragment/);
});

describe('a name', () => {
  const resolve = (addresses: { address: string; family: number }[], all: boolean) => {
    vi.mocked(resolveName).mockImplementation(((...[, , done]: [string, object, (...results: unknown[]) => void]) =>
      done(null, addresses)) as never);
    return new Promise((done, failed) => {
      rules.lookup(true)('name.example', { all }, (error, ...found) => (error === null ? done(found) : failed(error)));
    });
  };
  const [good, bad] = [
    { address: '1.1.1.1', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ];

  test('leads to the address that was checked', async () => {
    expect(await resolve([good], true)).toEqual([[good]]);
    expect(await resolve([good], false)).toEqual(['1.1.1.1', 4]);
  });

  test('is refused if any of its addresses is', async () => {
    await expect(resolve([good, bad], true)).rejects.toThrow(AddressRefused);
    await expect(resolve([bad], false)).rejects.toThrow(AddressRefused);
  });
});

test('the setting is true, false or ranges', () => {
  expect(readAllowedPrivate('true')).toBe(true);
  expect(readAllowedPrivate('false')).toEqual([]);
  expect(readAllowedPrivate('10.0.0.0/8, fd00::/8')).toEqual(['10.0.0.0/8', 'fd00::/8']);
  for (const wrong of ['yes', '10.0.0.0', '10.0.0.0/33', 'fd00::/129', '10.0.0/8'])
    expect(readAllowedPrivate(wrong)).toBeUndefined();
});
