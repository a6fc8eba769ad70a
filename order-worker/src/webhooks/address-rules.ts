import { lookup as resolveName } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** The platform does not send to this address, or not in this way. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** IPv4 addresses that are not a public host: IANA's special-purpose registry, multicast and the reserved rest. */
const NOT_PUBLIC_IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Public IPv6 hosts are in 2000::/3, without these: Teredo and other special prefixes, documentation, 6to4. */
const NOT_PUBLIC_IPV6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];
/** Both hold an IPv4 address in their last 32 bits: mapped, and NAT64. */
const HOLDS_IPV4 = [/^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/, /^64:ff9b::(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/];

const blockList = (ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, family);
  return list;
};
const notPublicIpv4 = blockList(NOT_PUBLIC_IPV4, 'ipv4');
const notPublicIpv6 = blockList(NOT_PUBLIC_IPV6, 'ipv6');
const globalUnicast = blockList([['2000::', 3]], 'ipv6');

/** Which addresses that are not public webhooks may go to: all, or these ranges. */
export type AllowedPrivate = true | readonly string[];

/**
 * Reads the setting: `true`, `false`, or CIDR ranges separated by commas. Returns undefined if it is neither.
 */
export function readAllowedPrivate(text: string): AllowedPrivate | undefined {
  if (text === 'true') return true;
  if (text === 'false' || text === '') return [];
  const ranges = text.split(',').map((range) => range.trim());
  return ranges.every(isRange) ? ranges : undefined;
}

function isRange(range: string): boolean {
  const [, net = '', prefix = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(range) ?? [];
  const family = isIP(net);
  return family !== 0 && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Says which addresses webhooks may go to. A request's connection goes to the very address that was checked. */
export class AddressRules {
  readonly #allowed = new BlockList();
  readonly #allowAll: boolean;

  constructor(allowed: AllowedPrivate) {
    this.#allowAll = allowed === true;
    if (allowed === true) return;
    for (const range of allowed) {
      const [net = '', prefix] = range.split('/');
      this.#allowed.addSubnet(net, Number(prefix), isIP(net) === 4 ? 'ipv4' : 'ipv6');
    }
  }

  /** Throws {@link AddressRefused} if an address is neither public nor allowed. Without TLS, only allowed ones will do. */
  check(address: string, isHttps: boolean): void {
    const ip = plainAddress(address);
    if (ip !== undefined && (this.#allowAll || this.#allowed.check(ip, isIP(ip) === 4 ? 'ipv4' : 'ipv6'))) return;
    if (ip === undefined || !isPublic(ip))
      throw new AddressRefused(`${address} is not a public address. WEBHOOK_ALLOW_PRIVATE of the order worker can allow it.`);
    if (!isHttps)
      throw new AddressRefused(`${address} is a public address, and http would show events to the network. Use https.`);
  }

  /**
   * Checks all that is known before a connection is made. A name is checked as {@link lookup} resolves it. Throws {@link AddressRefused}.
   */
  checkUrl({ hostname, protocol, username, password, hash }: URL): void {
    if (username !== '' || password !== '')
      throw new AddressRefused(
        'The URL has a user name or a password, which lists of webhooks would show. Check the signature instead.',
      );
    if (hash !== '') throw new AddressRefused('The URL has a fragment ("#…"), which is never sent.');
    const host = hostname.replace(/^\[|\]$/g, '');
    if (isIP(host) !== 0) this.check(host, protocol === 'https:');
  }

  /** Resolves names for connections, and refuses a name of which any address is refused. */
  lookup(isHttps: boolean): LookupFunction {
    return (hostname, options, callback) => {
      resolveName(hostname, { ...options, all: true, order: 'verbatim' }, (error, addresses) => {
        if (error !== null) return callback(error, []);
        try {
          for (const { address } of addresses) this.check(address, isHttps);
        } catch (refused) {
          return callback(refused as Error, []);
        }
        const [first] = addresses;
        if (options.all === true || first === undefined) callback(null, addresses);
        else callback(null, first.address, first.family);
      });
    };
  }
}

/** Returns the address in its shortest form, and the IPv4 address that an IPv6 address stands for. Undefined if it has a zone or is none. */
function plainAddress(address: string): string | undefined {
  if (isIP(address) === 4) return address;
  if (isIP(address) !== 6 || address.includes('%')) return undefined;
  const ip = new URL(`http://[${address}]`).hostname.slice(1, -1);
  for (const form of HOLDS_IPV4) {
    const [match, high = '0', low = '0'] = form.exec(ip) ?? [];
    if (match === undefined) continue;
    const bits = Number.parseInt(high, 16) * 65_536 + Number.parseInt(low, 16);
    return [24, 16, 8, 0].map((shift) => Math.floor(bits / 2 ** shift) % 256).join('.');
  }
  return ip;
}

const isPublic = (ip: string): boolean =>
  isIP(ip) === 4 ? !notPublicIpv4.check(ip, 'ipv4') : globalUnicast.check(ip, 'ipv6') && !notPublicIpv6.check(ip, 'ipv6');
