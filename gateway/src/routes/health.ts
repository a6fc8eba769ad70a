import type { Registry } from 'prom-client';
import { Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../http/app-type.ts';
import { problems } from '../http/problem-responses.ts';
import type { Readiness } from '../links/readiness.ts';

export interface HealthParts {
  readiness: Readiness;
  registry: Registry;
}

export async function healthRoutes(app: App, { readiness, registry }: HealthParts): Promise<void> {
  app.get(
    '/healthz',
    {
      schema: {
        tags: ['operation'],
        summary: 'Check that the process is alive',
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
        summary: 'Check that buyers can be served',
        response: { 200: Type.Object({ status: Type.Literal('ready') }), ...problems('UNAVAILABLE') },
      },
    },
    async () => {
      const reason = readiness.whyNot();
      if (reason !== undefined) throw new Problem('UNAVAILABLE', reason, 1_000);
      return { status: 'ready' as const };
    },
  );

  app.get(
    '/metrics',
    { schema: { tags: ['operation'], summary: 'Read the metrics for Prometheus' } },
    async (_request, reply) => {
      reply.header('content-type', registry.contentType);
      return registry.metrics();
    },
  );
}
