import { hasRoom, Problem, PublishedDraw } from 'seckill-core';
import { Type } from 'typebox';
import { findSale } from '../../catalogue/find-sale.ts';
import type { SalesMemory } from '../../catalogue/sales-memory.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { RedisLink } from '../../links/redis-link.ts';
import { DRAW_KEPT_MS, PublishedDraws } from '../../waiting-room/published-draws.ts';

export interface DrawParts {
  sales: SalesMemory;
  redis: RedisLink;
}

/** Publishes what anyone needs to repeat the shuffle of a sale's queue or draw. */
export async function drawRoute(app: App, { sales, redis }: DrawParts): Promise<void> {
  const draws = new PublishedDraws(redis);
  app.get(
    '/api/sales/:saleId/draw',
    {
      schema: {
        tags: ['sales'],
        summary: 'Read the published shuffle of a queue or a draw',
        description:
          'Available once entries are closed and shuffled. Large: 12 bytes for each entry. `seckill draw verify` repeats the shuffle from it.',
        params: Type.Object({ saleId: Type.String() }),
        response: { 200: PublishedDraw, ...problems('NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request, reply) => {
      const sale = await findSale(sales, request.params.saleId);
      if (!hasRoom(sale)) throw new Problem('NOT_FOUND', 'This sale has neither a queue nor a draw.');
      const text = await draws.read(sale, performance.now());
      reply.header('cache-control', `public, max-age=${DRAW_KEPT_MS / 1_000}`).type('application/json; charset=utf-8');
      // Fastify sends bytes as they are, and does not serialize megabytes again.
      return reply.send(text as unknown as PublishedDraw);
    },
  );
}
