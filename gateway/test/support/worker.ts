import type { NatsConnection, Subscription } from '@nats-io/nats-core';
import { type Rpc, serveRpc } from 'seckill-core';
import type { Static, TSchema } from 'typebox';

const quiet = { info() {}, warn() {}, error() {} };

/** Answers one kind of call as a worker would, and records the requests. */
export async function answerCalls<Request extends TSchema, Reply extends TSchema>(
  nats: NatsConnection,
  rpc: Rpc<Request, Reply>,
  handle: (request: Static<Request>) => Static<Reply> | Promise<Static<Reply>>,
): Promise<{ asked: Static<Request>[]; stop: () => void }> {
  const asked: Static<Request>[] = [];
  const subscription: Subscription = serveRpc(
    nats,
    rpc,
    async (request) => {
      asked.push(request);
      return handle(request);
    },
    quiet,
  );
  // The gateway uses another connection: it must not call before the server has this subscription.
  await nats.flush();
  return { asked, stop: () => subscription.unsubscribe() };
}
