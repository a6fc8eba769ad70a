import type { ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { atEndOfTurn, OrderId, Problem, PURCHASE_ANSWER_CODES, PURCHASE_TOKEN_PATTERN, ReservationStatus } from 'seckill-core';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Admission } from '../../admission/admission.ts';
import { SOLUTION_PATTERN } from '../../admission/risk/challenges.ts';
import type { Decision } from '../../catalogue/decision.ts';
import type { App } from '../../http/app-type.ts';
import type { FrontRoute } from '../../http/in-front.ts';
import { answerJson } from '../../http/json-answer.ts';
import { answerError, answerProblem } from '../../http/problem.ts';
import { problems } from '../../http/problem-responses.ts';
import type { AnswerMetrics } from '../../telemetry/answer-metrics.ts';

const ROUTE = '/api/reservations';

const ReserveBody = Type.Object(
  {
    purchaseToken: Type.String({ pattern: PURCHASE_TOKEN_PATTERN }),
    quantity: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
    challengeSolution: Type.Optional(
      Type.String({
        pattern: SOLUTION_PATTERN,
        description: 'for a token that came with a `challenge`: with each try, until one is answered',
      }),
    ),
  },
  { additionalProperties: false },
);
type ReserveBody = Static<typeof ReserveBody>;
const compiled = Compile(ReserveBody);

export interface ReserveParts {
  admission: Admission;
  answers: AnswerMetrics;
  requestId: () => string;
  log: Logger;
}

/** The hot path, without promise, hook and serializer: an answer from memory costs less than Fastify's work on a request. */
export function hotReserve({ admission, answers, requestId, log }: ReserveParts): FrontRoute<ReserveBody> {
  return {
    path: ROUTE,
    bodyLimit: 4_096,
    isBody: (value): value is ReserveBody => compiled.Check(value),
    serve({ purchaseToken, quantity = 1, challengeSolution }, request, response) {
      const at = performance.now();
      const { headers, socket } = request;
      const arrival = { at, startedAt: headers['x-request-start'] as string | undefined, headers, socket };
      try {
        const decide = (decision: Decision) => {
          const { outcome, status } = decision;
          answers.record(ROUTE, outcome, performance.now() - at);
          atEndOfTurn(() => {
            if (outcome === 'RESERVED') answerReserved(response, purchaseToken, status);
            else answerProblem(response, requestId(), outcome, decision);
          });
        };
        admission.reserve(purchaseToken, quantity, arrival, decide, challengeSolution);
      } catch (error) {
        answerError(response, requestId(), error, log);
      }
    },
  };
}

/** Documents the route, and serves the requests that are unusual: see `serveInFront`. */
export async function reserveRoute(app: App, { hot }: { hot: FrontRoute<ReserveBody> }): Promise<void> {
  // Fastify's own parser does not name a field "__proto__". The schema refuses it like any unknown field.
  app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: hot.bodyLimit }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch {
      done(new Problem('VALIDATION_FAILED', 'body is not JSON.'));
    }
  });

  app.post(
    hot.path,
    {
      bodyLimit: hot.bodyLimit,
      schema: {
        tags: ['buying'],
        summary: 'Try to buy',
        description:
          'The token is the idempotency key: once it has won, it gets the same reservation on every gateway, with its present status, even after the token has expired.',
        body: ReserveBody,
        response: {
          202: Type.Object({ reservationId: OrderId, status: ReservationStatus }),
          ...problems('VALIDATION_FAILED', ...PURCHASE_ANSWER_CODES),
        },
      },
    },
    (request, reply) => {
      reply.hijack();
      hot.serve(request.body, request.raw, reply.raw);
    },
  );
}

/** A verified token begins with the reservation id, which needs no escaping. */
function answerReserved(response: ServerResponse, purchaseToken: string, status: ReservationStatus = 'RESERVED'): void {
  answerJson(response, 202, `{"reservationId":"${purchaseToken.slice(0, 36)}","status":"${status}"}`);
}
