import { calls, DeadLetterView } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

const NEWEST = 50;

export async function deadLettersRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/dead-letters',
    {
      schema: {
        ...operatorCall,
        summary: `List the newest ${NEWEST} messages that could not be handled`,
        response: {
          200: Type.Object({ deadLetters: Type.Array(DeadLetterView) }),
          ...problems('UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    async () => ({ deadLetters: await nats.ask(calls.listDeadLetters, { limit: NEWEST }) }),
  );
}
