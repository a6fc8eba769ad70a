import { Type } from 'typebox';
import type { ServerClock } from '../../catalogue/server-clock.ts';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { AccessTokens } from '../../security/access-tokens.ts';
import { findTicket, type TicketSources } from '../../waiting-room/find-ticket.ts';
import { TicketView, viewOf } from '../../waiting-room/ticket-view.ts';

export interface TicketParts extends TicketSources {
  accessTokens: AccessTokens;
  clock: ServerClock;
}

/** Answers from memory for everyone whose turn has not come. */
export async function ticketRoute(app: App, parts: TicketParts): Promise<void> {
  const { accessTokens, clock } = parts;

  app.get(
    '/api/queue/:ticketId',
    {
      schema: {
        tags: ['buying'],
        summary: 'Read a ticket of a waiting room',
        description:
          'If the user has joined again since, the answer is their newer ticket. A page without the live stream asks again after `retryAfterMs`.',
        security: [{ user: [] }],
        params: Type.Object({ ticketId: Type.String() }),
        response: { 200: TicketView, ...problems('UNAUTHENTICATED', 'RATE_LIMITED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => {
      const userId = await accessTokens.userOf(request.headers.authorization);
      const { room, ticket, found } = await findTicket(parts, request.params.ticketId, userId);
      return viewOf(room, ticket, found, clock.now());
    },
  );
}
