import { calls, Overview } from 'seckill-core';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

export async function overviewRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/overview',
    {
      schema: {
        ...operatorCall,
        summary: 'Summarize sales, queues and dead letters',
        response: { 200: Overview, ...problems('UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async () => nats.ask(calls.overview, {}),
  );
}
