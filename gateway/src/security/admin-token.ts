import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from 'seckill-core';
import { clientNetworkOf } from './client-network.ts';
import { WrongTokens } from './wrong-tokens.ts';

/** Runs before the operator's calls, and throws unless the operator sends them. */
export type OperatorOnly = (request: FastifyRequest) => Promise<void>;

/**
 * Returns a hook that admits only the operator, with any of the tokens. It compares digests, so its timing reveals neither length nor content of the token. A
 * client that has sent many wrong tokens waits longer and longer until the next one is compared.
 */
export function operatorOnly(adminTokens: readonly string[]): OperatorOnly {
  const expected = adminTokens.map((token) => hash('sha256', token, 'buffer'));
  const wrong = new WrongTokens();
  return async (request) => {
    const { authorization } = request.headers;
    const client = clientNetworkOf(request);
    const now = performance.now();
    const waitMs = wrong.waitMs(client, now);
    if (waitMs > 0) {
      // Spread, so that the calls of one console do not come back together.
      throw new Problem(
        'RATE_LIMITED',
        'Too many wrong tokens came from this address. Wait, then send the right one.',
        waitMs * (1 + Math.random() / 4),
      );
    }
    const given = hash('sha256', (authorization ?? '').replace(/^Bearer +/i, ''), 'buffer');
    if (expected.some((each) => timingSafeEqual(each, given))) return wrong.forget(client);
    if (authorization !== undefined) wrong.add(client, now);
    throw new Problem('UNAUTHENTICATED', 'Send the operator\'s token: "Authorization: Bearer <ADMIN_TOKEN>".');
  };
}
