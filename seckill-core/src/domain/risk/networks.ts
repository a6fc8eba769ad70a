import { isIP, isIPv6 } from 'node:net';

/** An address as numbers. Of an IPv6 address it has the first 64 bits, which name one subscriber's network. */
export interface NumericAddress {
  readonly version: 4 | 6;
  /** The first 32 bits. */
  readonly high: number;
  /** The next 32 bits; 0 for IPv4. */
  readonly low: number;
}

/** How many bits of an address name the subnet that rules count: /24 and /48. */
export const SUBNET_BITS = { 4: 24, 6: 48 } as const;
const LONGEST = { 4: 32, 6: 64 } as const;

/** Returns an address without the prefix that an IPv4 address has in an IPv6 socket. */
export function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Returns what counts as one client: an IPv4 address, or the /64 network of an IPv6 address as its first four groups. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((part) => Number.parseInt(part, 16).toString(16))
    .join(':');
}

/** Reads an address, or what {@link networkOf} makes of it. Undefined if it is neither. */
export function readAddress(text: string): NumericAddress | undefined {
  const address = withoutMapping(text);
  const version = isIP(address);
  if (version === 4) {
    const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
    return { version: 4, high: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, low: 0 };
  }
  const groups = (version === 6 ? networkOf(address) : address).split(':');
  if (groups.length !== 4 || !groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = groups.map((group) => Number.parseInt(group, 16));
  return { version: 6, high: ((a << 16) | b) >>> 0, low: ((c << 16) | d) >>> 0 };
}

/** Returns the text that all addresses of a network of so many bits share. */
export function networkKey({ version, high, low }: NumericAddress, bits: number): string {
  return `${version}/${bits}/${masked(high, bits)}.${masked(low, bits - 32)}`;
}

function masked(word: number, bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? word : (word & (-1 << (32 - bits))) >>> 0;
}

/** A network in CIDR notation. */
export interface Cidr {
  readonly address: NumericAddress;
  readonly bits: number;
}

/** Reads CIDR notation. A longer prefix than /64 of IPv6 counts as /64. Undefined if it is not a network. */
export function readCidr(text: string): Cidr | undefined {
  const [head = '', length, ...rest] = text.split('/');
  const address = isIP(head) === 0 ? undefined : readAddress(head);
  if (address === undefined || rest.length > 0 || length === undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const bits = Number(length);
  if (bits > (address.version === 4 ? 32 : 128)) return undefined;
  return { address, bits: Math.min(bits, LONGEST[address.version]) };
}
