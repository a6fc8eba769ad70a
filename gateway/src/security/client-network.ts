import { BlockList, isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { networkOf, withoutMapping } from 'seckill-core';

/** Addresses that no client on the internet has: loopback, link-local and private networks, and those of carriers and clouds (RFC 6598). Proxies in front of a gateway have one. */
const OWN = new BlockList();
for (const [network, bits] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const)
  OWN.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  OWN.addSubnet(network, bits, 'ipv6');

/**
 * Returns the client that limits count: an IPv4 address, or the /64 network of an IPv6 address, which is what one subscriber gets. Behind
 * a proxy it is the last address in `X-Forwarded-For`, which that proxy has written. From any other peer the header is ignored.
 */
export function clientNetworkOf(
  request: Pick<FastifyRequest, 'headers'> & { socket: { remoteAddress?: string | undefined } },
): string {
  const peer = withoutMapping(request.socket.remoteAddress ?? '');
  const forwarded = request.headers['x-forwarded-for']?.toString().split(',').at(-1)?.trim();
  return networkOf(forwarded !== undefined && isProxyAddress(peer) ? withoutMapping(forwarded) : peer);
}

const KNOWN_PEERS = 1_000;
const isProxy = new Map<string, boolean>();

/** Returns whether a peer with this address may be a proxy in front of the gateway, and its word counts. Remembers the last answers. */
export function isProxyAddress(address: string): boolean {
  const known = isProxy.get(address);
  if (known !== undefined) return known;
  const peer = withoutMapping(address);
  const answer = OWN.check(peer, isIPv6(peer) ? 'ipv6' : 'ipv4');
  if (isProxy.size >= KNOWN_PEERS) isProxy.clear();
  isProxy.set(address, answer);
  return answer;
}
