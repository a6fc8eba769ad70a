import { calls, EventCursor, EventsFrom, EventType, SaleId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

export async function adminEventsRoute(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/events',
    {
      schema: {
        ...operatorCall,
        summary: 'List order events from any time, oldest first',
        description:
          'Events that the stream no longer has are rebuilt from PostgreSQL, order by order, with the same ids. An event may be listed twice.',
        querystring: Type.Object(
          {
            from: Type.Optional(EventsFrom),
            saleId: Type.Optional(SaleId),
            type: Type.Optional(EventType),
            ...pageQuery(EventCursor),
          },
          { additionalProperties: false },
        ),
        response: { 200: calls.listEvents.reply, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    ({ query }) => {
      const { limit: _, cursor: __, ...filter } = query;
      return nats.ask(calls.listEvents, { ...filter, ...pageOf(query) });
    },
  );
}
