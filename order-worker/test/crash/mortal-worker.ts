import { ProcessBoundary } from 'dev';
import { connectNats } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { connectRedis, startWorker, type Worker } from '../../src/index.ts';
import { type Ground, quiet } from './ground.ts';

/** Where its machine stands still for seconds, nothing it has in hand comes to it a second time: its steps are those of one delivery. */
const LONG_ACK_WAIT_MS = 10_000;

/** A worker behind a boundary at which it can be killed. */
export interface MortalWorker {
  boundary: ProcessBoundary;
  worker: Worker;
  /** Ends what of it still runs in this process. To be called once it is dead. */
  dispose(): Promise<void>;
}

export async function startMortalWorker({ servers, provider }: Ground, ackWaitMs = LONG_ACK_WAIT_MS): Promise<MortalWorker> {
  const boundary = await ProcessBoundary.around(servers);
  const { redisUrl, natsUrl, databaseUrl } = boundary.urls;
  const nc = await connectNats(natsUrl, 'mortal');
  const redis = connectRedis(redisUrl, quiet);
  const prisma = createPrisma({ databaseUrl, max: 5 });
  const worker = await startWorker({
    nc,
    redis,
    prisma,
    databaseUrl,
    provider: {
      createCheckout: (request) =>
        boundary.pass({ label: 'provider checkout', text: request.paymentId }, () => provider.createCheckout(request)),
      refund: (request) => boundary.pass({ label: 'provider refund', text: request.paymentId }, () => provider.refund(request)),
    },
    log: quiet,
    ackWaitMs,
  });
  return {
    boundary,
    worker,
    dispose: async () => {
      boundary.kill();
      redis.disconnect();
      await nc.close();
      await worker.stop();
      await prisma.$disconnect();
      await boundary.close();
    },
  };
}
