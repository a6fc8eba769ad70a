import type { FastifyRequest } from 'fastify';
import { clientNetworkOf } from '../../../security/client-network.ts';

/** Printable, without the characters that would need escaping in a log. */
const NAME = /^[\p{L}\p{N} ._@+-]{1,100}$/u;

/** Returns who makes a change: the operator's token has no name, so a console or a script gives it in `X-Operator`. */
export function changerOf(request: Pick<FastifyRequest, 'headers' | 'socket'>): { changedBy: string; address: string } {
  const name = request.headers['x-operator'];
  const changedBy = typeof name === 'string' && NAME.test(name) ? name : 'operator';
  return { changedBy, address: clientNetworkOf(request).slice(0, 100) || 'unknown' };
}
