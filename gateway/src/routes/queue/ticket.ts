import { atEndOfTurn } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import type { FrontCall } from '../../http/in-front.ts';
import { answerJson } from '../../http/json-answer.ts';
import { problems } from '../../http/problem-responses.ts';
import type { AccessTokens } from '../../security/access-tokens.ts';
import type { AnswerMetrics } from '../../telemetry/answer-metrics.ts';
import { findTicket, findWaitingTicket, type TicketSources } from '../../waiting-room/find-ticket.ts';
import { TicketView, viewOf } from '../../waiting-room/ticket-view.ts';

export interface TicketParts extends TicketSources {
  accessTokens: AccessTokens;
}

const PREFIX = '/api/queue/';
const ROUTE = `${PREFIX}:ticketId`;

/** Everyone who waits asks again and again, so the ticket of a user whose turn has not come is answered without Fastify. */
export function hotTicket(parts: TicketParts & { answers: AnswerMetrics }): FrontCall {
  const { accessTokens, answers, clock } = parts;
  return {
    method: 'GET',
    prefix: PREFIX,
    suffix: '',
    serve({ url = '', headers }, response) {
      const at = performance.now();
      const token = accessTokens.readNow(headers.authorization);
      const found = token && findWaitingTicket(parts, url.slice(PREFIX.length), token.userId);
      if (found === undefined) return false;
      const text = JSON.stringify(viewOf(found.room, found.ticket, undefined, clock.at(at)));
      answers.record(ROUTE, 'OK', performance.now() - at);
      atEndOfTurn(() => answerJson(response, 200, text));
      return true;
    },
  };
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
