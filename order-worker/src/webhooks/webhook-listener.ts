import { listen, RepeatedTask, webhooksChanged } from 'seckill-core';
import { acting } from '../listeners/acting/acting.ts';
import type { Leading, OrderListener } from '../listeners/runner/order-listener.ts';
import type { WorkerContext } from '../servers/worker-context.ts';
import { EndpointBook } from './endpoint-book.ts';
import { EndpointHealth } from './endpoint-health.ts';
import { keepLog } from './keep-log.ts';
import { measureWebhooks } from './measure-webhooks.ts';
import { WEBHOOKS } from './webhook-lane.ts';
import type { WebhookSettings } from './webhook-settings.ts';

/** Finds changes of which the broadcast was lost. */
const READ_EVERY_MS = 900;
const WRITE_EVERY_MS = 500;
const MEASURE_EVERY_MS = 5_000;
const KEEP_EVERY_MS = 60_000;

type Parts = Pick<WorkerContext, 'nc' | 'prisma' | 'log' | 'metrics'>;

/** Sends order and sale events to the endpoints of operators. Each endpoint is a lane. */
export function webhookListener(parts: Parts, settings: WebhookSettings): OrderListener {
  const health = new EndpointHealth();
  const book = new EndpointBook(parts, settings, health);
  const listener = acting({
    name: WEBHOOKS,
    ofSales: true,
    lanes: () => book.lanes,
    wishesIn: (tx) => book.wishesIn(tx),
  });
  return {
    ...listener,
    rests: async () => (await parts.prisma.webhookEndpoint.count({ where: { deletedAt: null }, take: 1 })) === 0,
    lead: (leaderParts, isLeader) => {
      const sending = listener.lead?.(leaderParts, isLeader);
      const stopTasks = follow(parts, settings, { book, health, changed: () => sending?.wake() });
      return {
        wake: () => sending?.wake(),
        stop: async () => {
          await sending?.stop();
          await stopTasks();
        },
      } satisfies Leading;
    },
  };
}

interface Followed {
  book: EndpointBook;
  health: EndpointHealth;
  changed: () => void;
}

/** What the leader does beside sending. Returns how to stop it. */
function follow(parts: Parts, settings: WebhookSettings, { book, health, changed }: Followed): () => Promise<void> {
  const { nc, prisma, log } = parts;
  const every = (name: string, everyMs: number, run: () => Promise<unknown>) =>
    new RepeatedTask({ name, everyMs, run, log }).start();
  const reading = every('reading the webhook endpoints', READ_EVERY_MS, async () => {
    await book.read();
    changed();
  });
  const writing = every('noting how webhooks do', WRITE_EVERY_MS, async () => {
    if (await health.write(parts, settings)) reading.wake();
  });
  const tasks = [
    reading,
    writing,
    every('measuring webhooks', MEASURE_EVERY_MS, () => measureWebhooks(parts)),
    every('forgetting old webhook deliveries', KEEP_EVERY_MS, () => keepLog(prisma, settings)),
  ];
  const subscription = listen(nc, webhooksChanged, () => reading.wake(), log);
  return async () => {
    subscription.unsubscribe();
    await Promise.all(tasks.map((task) => task.stop()));
    await health.write(parts, settings).catch(() => undefined);
    book.close();
  };
}
