import { calls, LetterCursor } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

export async function deadLettersRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/dead-letters',
    {
      schema: {
        ...operatorCall,
        summary: 'List the messages that could not be handled, newest first',
        querystring: Type.Object(pageQuery(LetterCursor), { additionalProperties: false }),
        response: {
          200: calls.listDeadLetters.reply,
          ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    async (request) => nats.ask(calls.listDeadLetters, pageOf(request.query)),
  );
}
