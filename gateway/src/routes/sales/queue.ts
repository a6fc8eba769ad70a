import type { Logger } from 'pino';
import { atEndOfTurn, Problem, type SaleSettings, saleStateAt } from 'seckill-core';
import { Type } from 'typebox';
import type { Admission } from '../../admission/admission.ts';
import type { Requester } from '../../admission/risk/requester.ts';
import type { RiskGate } from '../../admission/risk/risk-gate.ts';
import { findSale, publishedSale } from '../../catalogue/find-sale.ts';
import type { App } from '../../http/app-type.ts';
import type { FrontCall } from '../../http/in-front.ts';
import { answerJson } from '../../http/json-answer.ts';
import { answerError } from '../../http/problem.ts';
import { problems } from '../../http/problem-responses.ts';
import type { UserToken } from '../../security/user-token.ts';
import type { AnswerMetrics } from '../../telemetry/answer-metrics.ts';
import { showTicket } from '../../waiting-room/find-ticket.ts';
import type { Joins } from '../../waiting-room/joins.ts';
import { TicketView, viewOf } from '../../waiting-room/ticket-view.ts';
import type { TicketParts } from '../queue/ticket.ts';

const RETRY_AFTER_MS = 1_000;

export interface QueueParts extends TicketParts {
  admission: Admission;
  risk: RiskGate;
  joins: Joins;
}

const [PREFIX, SUFFIX] = ['/api/sales/', '/queue'] as const;
const ROUTE = `${PREFIX}:saleId${SUFFIX}`;

/** Before a sale, its whole crowd joins within a minute or two: the usual call is served without Fastify. */
export function hotQueue(parts: QueueParts & { answers: AnswerMetrics; requestId: () => string; log: Logger }): FrontCall {
  const { accessTokens, answers, sales, requestId, log } = parts;
  return {
    method: 'POST',
    prefix: PREFIX,
    suffix: SUFFIX,
    serve(request, response) {
      const at = performance.now();
      const { url = '', headers } = request;
      const sale = publishedSale(sales, url.slice(PREFIX.length, -SUFFIX.length));
      const token = sale && accessTokens.readNow(headers.authorization);
      if (sale === undefined || token === undefined) return false;
      joinSale(parts, sale, token, request).then(
        (view) => {
          answers.record(ROUTE, 'OK', performance.now() - at);
          atEndOfTurn(() => answerJson(response, 201, JSON.stringify(view)));
        },
        (error) => answers.record(ROUTE, answerError(response, requestId(), error, log), performance.now() - at),
      );
      return true;
    },
  };
}

async function joinSale(parts: QueueParts, sale: SaleSettings, user: UserToken, from: Requester): Promise<TicketView> {
  const { admission, clock, joins, risk, rooms } = parts;
  const { userId, priority } = user;
  if (admission.load.isOverloaded) throw new Problem('UNAVAILABLE', undefined, RETRY_AFTER_MS);
  const room = rooms.ofSale(sale);
  if (room === undefined) throw new Problem('NOT_FOUND', 'This sale has no waiting room.');
  if (saleStateAt(sale, clock.now()) === 'ENDED') throw new Problem('SALE_ENDED');
  risk.noteJoin(user, from);
  const joined = await joins.join(room, userId, priority);
  const { ticket, found } = await showTicket(parts, room, joined, userId, joined.entryId);
  return viewOf(room, ticket, found, clock.now());
}

export async function queueRoute(app: App, parts: QueueParts): Promise<void> {
  const { accessTokens, sales } = parts;

  app.post(
    ROUTE,
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
      const token = await accessTokens.read(request.headers.authorization);
      const sale = await findSale(sales, request.params.saleId);
      reply.statusCode = 201;
      return joinSale(parts, sale, token, request);
    },
  );
}
