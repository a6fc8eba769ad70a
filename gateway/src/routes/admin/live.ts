import { Problem } from 'seckill-core';
import type { App } from '../../app.ts';
import type { GatewayParts } from '../../gateway-parts.ts';
import { problems } from '../../http/problem-responses.ts';
import type { OpenStreams } from '../../push/open-streams.ts';
import type { OperatorFeed } from '../../push/operator-feed.ts';
import { OperatorFrame } from '../../push/operator-frame.ts';
import { requireAdmin } from '../../security/admin-token.ts';

const RETRY_AFTER_MS = 5_000;

interface OperatorLiveOptions {
  parts: GatewayParts;
  streams: OpenStreams;
  feed: OperatorFeed;
}

/** The platform as it moves, for the operator's console. */
export async function operatorLive(app: App, { parts, streams, feed }: OperatorLiveOptions): Promise<void> {
  app.addHook('onRequest', requireAdmin(parts.config.adminToken));

  app.get(
    '/api/admin/live',
    {
      exposeHeadRoute: false,
      schema: {
        tags: ['admin'],
        summary: 'Answers, stock, orders, queues and processes, twice a second',
        description:
          'Server-Sent Events: one `history` with an array of the frames of the last five minutes, then a `frame` twice a second. The schema is that of one frame.',
        security: [{ admin: [] }],
        response: {
          200: { description: 'Server-Sent Events', content: { 'text/event-stream': { schema: OperatorFrame } } },
          ...problems('UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    async (_request, reply) => {
      if (streams.isFull) throw new Problem('UNAVAILABLE', 'Too many streams are open here.', RETRY_AFTER_MS);
      feed.show(streams.open(reply));
    },
  );
}
