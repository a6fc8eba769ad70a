import type { FastifyReply } from 'fastify';
import { OrderId, Problem, PURCHASE_ANSWER_CODES } from 'seckill-core';
import { Type } from 'typebox';
import type { Decision } from '../admission/decision.ts';
import type { GatewayParts } from '../gateway-parts.ts';
import type { App } from '../http/app.ts';
import { sendProblem } from '../http/problem.ts';
import { problems } from '../http/problem-responses.ts';

const BODY_LIMIT = 4_096;
const ROUTE = '/api/reservations';
const JSON_TYPE = 'application/json; charset=utf-8';

/** The call that everything here is built for. No promise, no hook and no serializer on its way: memory answers at the price of the parser. */
export async function reserveRoutes(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  const { admission, answers } = parts;
  // Fastify's own parser searches the text for "__proto__" first. Here the schema refuses it, as any field it does not know.
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
        description: 'The token is the idempotency key: the same token gets the same answer once it has won, on every gateway.',
        body: Type.Object(
          {
            purchaseToken: Type.String({ maxLength: 300 }),
            quantity: Type.Optional(Type.Integer({ minimum: 1, default: 1 })),
          },
          { additionalProperties: false },
        ),
        response: {
          202: Type.Object({ reservationId: OrderId, status: Type.Literal('RESERVED') }),
          ...problems('VALIDATION_FAILED', ...PURCHASE_ANSWER_CODES),
        },
      },
    },
    (request, reply) => {
      const { purchaseToken, quantity = 1 } = request.body;
      const since = performance.now();
      admission.reserve(purchaseToken, quantity, ({ outcome, retryAfterMs }: Decision) => {
        answers.record(ROUTE, outcome, performance.now() - since);
        if (outcome === 'RESERVED') sendReserved(reply as FastifyReply, purchaseToken);
        else sendProblem(reply, outcome, retryAfterMs);
      });
    },
  );
}

/** As text: it is smaller than what a serializer would do for it. A verified token begins with the reservation id, which needs no quoting. */
function sendReserved(reply: FastifyReply, purchaseToken: string): void {
  reply.statusCode = 202;
  reply.header('content-type', JSON_TYPE);
  reply.send(`{"reservationId":"${purchaseToken.slice(0, 36)}","status":"RESERVED"}`);
}
