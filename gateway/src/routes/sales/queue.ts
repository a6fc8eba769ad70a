import { Problem, saleStateAt } from 'seckill-core';
import { Type } from 'typebox';
import type { Admission } from '../../admission/admission.ts';
import { findSale } from '../../catalogue/find-sale.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { showTicket } from '../../waiting-room/find-ticket.ts';
import type { Joins } from '../../waiting-room/joins.ts';
import { TicketView, viewOf } from '../../waiting-room/ticket-view.ts';
import type { TicketParts } from '../queue/ticket.ts';

const RETRY_AFTER_MS = 1_000;

export interface QueueParts extends TicketParts {
  admission: Admission;
  joins: Joins;
}

export async function queueRoute(app: App, parts: QueueParts): Promise<void> {
  const { accessTokens, admission, clock, joins, rooms, sales } = parts;

  app.post(
    '/api/sales/:saleId/queue',
    {
      schema: {
        tags: ['buying'],
        summary: "Join a sale's waiting room",
        description:
          'The same user gets the same ticket from every gateway, until its turn was used or missed: then the call gives a new one at the end. A ticket ' +
          'that was answered outlives every gateway and Redis.',
        security: [{ user: [] }],
        params: Type.Object({ saleId: Type.String() }),
        response: {
          201: TicketView,
          ...problems('UNAUTHENTICATED', 'RATE_LIMITED', 'NOT_FOUND', 'ENTRIES_CLOSED', 'SALE_ENDED', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      const { userId, priority } = await accessTokens.read(request.headers.authorization);
      if (admission.load.isOverloaded) throw new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS);
      const sale = await findSale(sales, request.params.saleId);
      const room = rooms.ofSale(sale);
      if (room === undefined) throw new Problem('NOT_FOUND', 'This sale has no waiting room.');
      if (saleStateAt(sale, clock.now()) === 'ENDED') throw new Problem('SALE_ENDED');
      const { lane, number } = await joins.join(room, userId, priority);
      const { ticket, found } = await showTicket(parts, room, { saleId: sale.saleId, lane, number }, userId);
      reply.statusCode = 201;
      return viewOf(room, ticket, found, clock.now());
    },
  );
}
