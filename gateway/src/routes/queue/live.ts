import { Problem } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { OpenStreams } from '../../push/open-streams.ts';
import { findTicket } from '../../waiting-room/find-ticket.ts';
import type { QueuePages } from '../../waiting-room/queue-pages.ts';
import type { TicketParts } from './ticket.ts';

/** Open streams of one user, as for reservations. */
const STREAMS_A_USER = 8;
const RETRY_AFTER_MS = 5_000;

export interface TicketLiveParts extends TicketParts {
  streams: OpenStreams;
  queuePages: QueuePages;
}

/** Streams a ticket to its user as it changes. */
export async function ticketLiveRoute(app: App, parts: TicketLiveParts): Promise<void> {
  const { accessTokens, streams, queuePages } = parts;

  app.get(
    '/api/queue/:ticketId/live',
    {
      // A HEAD request would hold a stream that no client reads.
      exposeHeadRoute: false,
      schema: {
        tags: ['buying'],
        summary: 'Follow a ticket of a waiting room',
        description:
          'Server-Sent Events named `ticket`. Each carries the body of `GET /api/queue/{ticketId}` without `retryAfterMs`: first the present state, then ' +
          'every change, at most once a second while the state stays the same. If the connection breaks, connect again.',
        security: [{ user: [] }],
        params: Type.Object({ ticketId: Type.String() }),
        response: {
          200: { description: 'Server-Sent Events', content: { 'text/event-stream': { schema: Type.String() } } },
          ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'RATE_LIMITED', 'UNAVAILABLE'),
        },
      },
    },
    async (request, reply) => {
      const userId = await accessTokens.userOf(request.headers.authorization);
      if (queuePages.countOf(userId) >= STREAMS_A_USER)
        throw new Problem('RATE_LIMITED', 'You have too many open streams.', RETRY_AFTER_MS);
      const { room, ticket, found } = await findTicket(parts, request.params.ticketId, userId);
      if (streams.isFullFor('buyer'))
        throw new Problem('UNAVAILABLE', 'Too many streams are open on this gateway. Poll the ticket instead.', RETRY_AFTER_MS);
      if (!request.raw.destroyed) queuePages.open(streams.open(reply, 'buyer'), room, ticket, userId, found);
    },
  );
}
