import { networkKey, networkOf, normalValue, readAddress, readCidr } from 'seckill-core';
import { describe, expect, test } from 'vitest';

const keyOf = (text: string, bits: number): string => {
  const address = readAddress(text);
  return address === undefined ? `not an address: ${text}` : networkKey(address, bits);
};

describe('two addresses share a network', () => {
  test.each([
    ['203.0.113.7', '203.0.113.255', 24, true],
    ['203.0.113.7', '203.0.114.7', 24, false],
    ['203.0.113.7', '203.0.116.7', 22, false],
    ['203.0.113.7', '203.0.112.7', 22, true],
    ['255.255.255.255', '128.0.0.0', 1, true],
    ['0.0.0.0', '255.255.255.255', 0, true],
    ['1.2.3.4', '1.2.3.5', 32, false],
    ['2001:db8::1', '2001:db8:0:0:ffff::', 64, true],
    ['2001:db8::1', '2001:db8:0:1::1', 64, false],
    ['2001:db8:1::', '2001:db8:1:ffff::', 48, true],
    ['2001:db8:1::', '2001:db8:2::', 48, false],
    ['2001:db8::', '2001:db9::', 31, true],
    ['2001:db8::', '2001:db9::', 32, false],
    ['::ffff:1.2.3.4', '1.2.3.4', 32, true],
    ['0.0.0.0', '::', 0, false],
  ])('%s and %s in /%i: %s', (one, other, bits, share) => {
    expect(keyOf(one, bits) === keyOf(other, bits)).toBe(share);
  });

  test('the network that stands for an IPv6 client is read like its address', () => {
    for (const address of ['2001:db8:1:2:3:4:5:6', '::1', 'fe80::1', 'FE80:0:0:7::']) {
      expect(keyOf(networkOf(address), 64)).toBe(keyOf(address, 64));
    }
  });
});

test.each(['', 'x', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1:2:3', '1:2:3:4:5', 'g:0:0:0', '1.2.3.4, 5.6.7.8'])(
  '%j is not an address',
  (text) => expect(readAddress(text)).toBeUndefined(),
);

test.each(['1.2.3.4', '1.2.3.4/33', '1.2.3.4/', '1.2.3.4/-1', '1.2.3.4/8/8', '/8', 'x/8', '::/129', '1.2.3.4/1e1'])(
  '%j is not a network',
  (text) => expect(readCidr(text)).toBeUndefined(),
);

test('the value of an entry has one spelling', () => {
  expect(normalValue('address', '2001:DB8::1')).toBe('2001:db8:0:0');
  expect(normalValue('address', '::ffff:1.2.3.4')).toBe('1.2.3.4');
  expect(normalValue('asn', 'as64500')).toBe('64500');
  expect(normalValue('subnet', ' 2001:DB8::/48')).toBe('2001:db8::/48');
  expect(normalValue('user', 'Ann ')).toBe('Ann ');
  expect([normalValue('address', 'x'), normalValue('asn', '-1'), normalValue('device', 'a b'), normalValue('user', '')]).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
});
