import { AdminOrder, calls, OrderId, SAGA_COMMANDS, SagaSkip } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownOrder, ofOrder, operatorCall } from './operator-call.ts';

const SUMMARIES: Readonly<Record<(typeof SAGA_COMMANDS)[number], string>> = {
  retry: "Try the present step of an order's saga at once",
  skip: "Go on without the present step of an order's saga, or without its undo",
  compensate: "Let an order's saga turn back: undo its steps and refund the order",
};

export async function sagaRoutes(app: App, { nats }: AdminParts): Promise<void> {
  for (const command of SAGA_COMMANDS) {
    const body = command === 'skip' ? { body: Type.Object(SagaSkip.properties, { additionalProperties: false }) } : {};
    app.post(
      `/api/admin/orders/:orderId/saga/${command}`,
      {
        schema: {
          ...operatorCall,
          summary: SUMMARIES[command],
          params: ofOrder,
          ...body,
          response: {
            200: AdminOrder,
            ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'WRONG_SAGA_STATE', 'UNAVAILABLE'),
          },
        },
      },
      (request) =>
        nats.ask(calls.commandSaga, { ...knownOrder(request.params), command, ...(request.body as object | undefined) }),
    );
  }

  app.get(
    '/api/admin/stuck-sagas',
    {
      schema: {
        ...operatorCall,
        summary: 'List the sagas with a step that fails, newest orders first',
        description:
          'They are retried every ten minutes. Remove the reason, then retry, or skip the step, or let the saga turn back.',
        querystring: Type.Object(pageQuery(OrderId), { additionalProperties: false }),
        response: { 200: calls.listStuckSagas.reply, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    (request) => nats.ask(calls.listStuckSagas, pageOf(request.query)),
  );
}
