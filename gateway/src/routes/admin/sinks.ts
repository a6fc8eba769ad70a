import { calls, Problem, SINK_PATTERN, SinkFrom, SinkView } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, operatorCall } from './operator-call.ts';

const isSink = new RegExp(SINK_PATTERN);

/** How the sinks of the data hub do, and starting one over. */
export async function sinkRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.get(
    '/api/admin/sinks',
    {
      schema: {
        ...operatorCall,
        summary: 'Show how far the sinks of the data hub have come',
        response: { 200: calls.listSinks.reply, ...problems('UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    () => nats.ask(calls.listSinks, {}),
  );

  app.post(
    '/api/admin/sinks/:sink/restart',
    {
      schema: {
        ...operatorCall,
        summary: 'Start a sink of the data hub over, without stopping a worker',
        params: Type.Object({ sink: Type.String() }),
        body: Type.Object({ from: SinkFrom }, { additionalProperties: false }),
        response: { 200: SinkView, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    ({ params: { sink }, body: { from } }) => {
      if (!isSink.test(sink)) throw new Problem('NOT_FOUND');
      return nats.ask(calls.restartSink, { sink, from });
    },
  );
}
