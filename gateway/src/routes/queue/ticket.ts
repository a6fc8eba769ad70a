import { atEndOfTurn } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import type { FrontRead } from '../../http/in-front.ts';
import { problems } from '../../http/problem-responses.ts';
import type { AccessTokens } from '../../security/access-tokens.ts';
import type { AnswerMetrics } from '../../telemetry/answer-metrics.ts';
import { findTicket, findWaitingTicket, type TicketOfUser, type TicketSources } from '../../waiting-room/find-ticket.ts';
import { TicketView, viewOf } from '../../waiting-room/ticket-view.ts';

export interface TicketParts extends TicketSources {
  accessTokens: AccessTokens;
}

const PREFIX = '/api/queue/';
const ROUTE = `${PREFIX}:ticketId`;
const HEADERS = ['content-type', 'application/json; charset=utf-8'];

/** Everyone who waits asks again and again, so the ticket of a user whose turn has not come is answered without Fastify. */
export function hotTicket(parts: TicketParts & { answers: AnswerMetrics }): FrontRead {
  const { accessTokens, answers, clock } = parts;
  return {
    prefix: PREFIX,
    serve(request, response) {
      const at = performance.now();
      const ticket = findWaiting(parts, request.url?.slice(PREFIX.length) ?? '', request.headers.authorization);
      if (ticket === undefined) return false;
      const text = JSON.stringify(viewOf(ticket.room, ticket.ticket, undefined, clock.at(at)));
      answers.record(ROUTE, 'OK', performance.now() - at);
      // The text is ASCII: ids, numbers and times.
      atEndOfTurn(() => response.writeHead(200, [...HEADERS, 'content-length', String(text.length)]).end(text, 'latin1'));
      return true;
    },
  };

  function findWaiting(from: TicketParts, ticketId: string, authorization: string | undefined): TicketOfUser | undefined {
    try {
      const token = accessTokens.read(authorization);
      return token instanceof Promise ? undefined : findWaitingTicket(from, ticketId, token.userId);
    } catch {
      // Fastify's route refuses it.
      return undefined;
    }
  }
}

export async function ticketRoute(app: App, parts: TicketParts): Promise<void> {
  const { accessTokens, clock } = parts;

  app.get(
    ROUTE,
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
