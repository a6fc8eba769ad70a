import { Problem } from 'seckill-core';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import type { OpenStreams } from '../../push/open-streams.ts';
import type { OperatorFeed } from '../../push/operator-feed.ts';
import { OperatorFrame } from '../../push/operator-frame.ts';
import type { OperatorOnly } from '../../security/admin-token.ts';
import { operatorCall } from './operator-call.ts';

const RETRY_AFTER_MS = 5_000;

export interface AdminLiveParts {
  streams: OpenStreams;
  feed: OperatorFeed;
  operatorOnly: OperatorOnly;
}

/** Streams the state of the whole platform to the operator's console. */
export async function adminLiveRoute(app: App, { streams, feed, operatorOnly }: AdminLiveParts): Promise<void> {
  app.addHook('onRequest', operatorOnly);

  app.get(
    '/api/admin/live',
    {
      exposeHeadRoute: false,
      schema: {
        ...operatorCall,
        summary: 'Stream answers, stock, orders, queues and processes',
        description:
          'Server-Sent Events: one `history` event with an array of the frames that consoles of the same gateway got in the last five minutes, then a `frame` event twice a second. The schema describes one frame.',
        response: {
          200: { description: 'Server-Sent Events', content: { 'text/event-stream': { schema: OperatorFrame } } },
          ...problems('UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    async (_request, reply) => {
      if (streams.isFullFor('operator'))
        throw new Problem('UNAVAILABLE', 'Too many streams are open on this gateway.', RETRY_AFTER_MS);
      feed.show(streams.open(reply, 'operator'));
    },
  );
}
