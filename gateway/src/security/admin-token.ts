import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from 'seckill-core';

/** A hook that lets only the operator in. Digests are compared, so the time tells neither length nor content of the token. */
export function requireAdmin(adminToken: string): (request: FastifyRequest) => Promise<void> {
  const expected = hash('sha256', adminToken, 'buffer');
  return async (request) => {
    const given = hash('sha256', (request.headers.authorization ?? '').replace(/^Bearer +/i, ''), 'buffer');
    if (!timingSafeEqual(expected, given)) {
      throw new Problem('UNAUTHENTICATED', 'This needs the operator\'s token: "Authorization: Bearer <ADMIN_TOKEN>".');
    }
  };
}
