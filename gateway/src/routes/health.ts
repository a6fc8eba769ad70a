import { Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../app.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import { problems } from '../http/problem-responses.ts';

export async function healthRoutes(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  app.get(
    '/healthz',
    {
      schema: {
        tags: ['operation'],
        summary: 'The process lives',
        response: { 200: Type.Object({ status: Type.Literal('ok') }) },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      schema: {
        tags: ['operation'],
        summary: 'Buyers can be served',
        response: { 200: Type.Object({ status: Type.Literal('ready') }), ...problems('UNAVAILABLE') },
      },
    },
    async () => {
      const reason = parts.readiness.whyNot();
      if (reason !== undefined) throw new Problem('UNAVAILABLE', reason, 1_000);
      return { status: 'ready' as const };
    },
  );

  app.get('/metrics', { schema: { tags: ['operation'], summary: 'Prometheus metrics' } }, async (_request, reply) => {
    reply.header('content-type', parts.registry.contentType);
    return parts.registry.metrics();
  });
}
