import type { FastifyReply } from 'fastify';
import { OrderId, Problem, PURCHASE_ANSWER_CODES, PURCHASE_TOKEN_PATTERN, ReservationStatus } from 'seckill-core';
import { Type } from 'typebox';
import type { Admission } from '../../admission/admission.ts';
import type { Decision } from '../../catalogue/decision.ts';
import type { App } from '../../http/app-type.ts';
import { sendProblem } from '../../http/problem.ts';
import { problems } from '../../http/problem-responses.ts';
import type { AnswerMetrics } from '../../telemetry/answer-metrics.ts';

const BODY_LIMIT = 4_096;
const ROUTE = '/api/reservations';
const JSON_TYPE = 'application/json; charset=utf-8';

export interface ReserveParts {
  admission: Admission;
  answers: AnswerMetrics;
}

/** The hot path. It uses no promise, hook or serializer, so an answer from memory costs little more than parsing the request. */
export async function reserveRoute(app: App, { admission, answers }: ReserveParts): Promise<void> {
  // Fastify's own parser searches the text for "__proto__" first. Here the schema refuses it like any unknown field.
  app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
    try {
      done(null, JSON.parse(body as string));
    } catch {
      done(new Problem('VALIDATION_FAILED', 'body is not JSON.'));
    }
  });

  app.post(
    ROUTE,
    {
      bodyLimit: BODY_LIMIT,
      schema: {
        tags: ['buying'],
        summary: 'Try to buy',
        description:
          'The token is the idempotency key: once it has won, it gets the same reservation on every gateway, with its present status, even after the token has expired.',
        body: Type.Object(
          {
            purchaseToken: Type.String({ pattern: PURCHASE_TOKEN_PATTERN }),
            quantity: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
          },
          { additionalProperties: false },
        ),
        response: {
          202: Type.Object({ reservationId: OrderId, status: ReservationStatus }),
          ...problems('VALIDATION_FAILED', ...PURCHASE_ANSWER_CODES),
        },
      },
    },
    (request, reply) => {
      const { purchaseToken, quantity = 1 } = request.body;
      const since = performance.now();
      const arrival = { startedAt: request.headers['x-request-start'] as string | undefined, socket: request.raw.socket };
      admission.reserve(purchaseToken, quantity, arrival, ({ outcome, status, retryAfterMs }: Decision) => {
        answers.record(ROUTE, outcome, performance.now() - since);
        if (outcome === 'RESERVED') sendReserved(reply as FastifyReply, purchaseToken, status);
        else sendProblem(reply, outcome, retryAfterMs);
      });
    },
  );
}

/** Sent as a string, which is cheaper than a serializer. A verified token begins with the reservation id, which needs no escaping. */
function sendReserved(reply: FastifyReply, purchaseToken: string, status: ReservationStatus = 'RESERVED'): void {
  reply.statusCode = 202;
  reply.header('content-type', JSON_TYPE);
  reply.send(`{"reservationId":"${purchaseToken.slice(0, 36)}","status":"${status}"}`);
}
