import { hash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { Problem } from 'seckill-core';

/** Returns a hook that admits only the operator. It compares digests, so its timing reveals neither length nor content of the token. */
export function requireAdmin(adminToken: string): (request: FastifyRequest) => Promise<void> {
  const expected = hash('sha256', adminToken, 'buffer');
  return async (request) => {
    const given = hash('sha256', (request.headers.authorization ?? '').replace(/^Bearer +/i, ''), 'buffer');
    if (!timingSafeEqual(expected, given)) {
      throw new Problem('UNAUTHENTICATED', 'Send the operator\'s token: "Authorization: Bearer <ADMIN_TOKEN>".');
    }
  };
}
