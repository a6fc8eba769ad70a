import { expect, test } from 'vitest';
import { eventually } from '../support/platform.ts';
import { useOwnServers } from './own-servers.ts';

const own = useOwnServers('worker-test');

async function ordersOf(saleId: string): Promise<number> {
  return own.platform.prisma.order.count({ where: { saleId } }).catch(() => -1);
}

test.for(['postgres', 'redis', 'nats'] as const)(
  '%s killed in the middle of a sale and restarted: nothing is lost, and no operator is needed',
  {
    timeout: 240_000,
  },
  async (name) => {
    const { platform, servers } = own;
    await platform.startWorker();
    const sale = await platform.openSale({ stock: 3_000, payTimeoutSeconds: 600 });
    const all = Array.from({ length: 3_000 }, (_, i) => `${name}-${i}`);
    const wins = await platform.reserve(sale, all);
    const publishing = (async () => {
      for (let from = 0; from < wins.length; from += 250) {
        // Like a gateway: a win that is not acknowledged stays in the outbox.
        await platform.publish(wins.slice(from, from + 250)).catch(() => undefined);
      }
    })();
    await eventually(async () => (await ordersOf(sale.saleId)) > 0, 'the first orders');
    await servers[name].kill();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await servers[name].restart();
    await publishing;

    await eventually(async () => (await ordersOf(sale.saleId)) === 3_000, 'an order for each winner', 60_000);
    await eventually(
      async () => (await platform.eventCounts(sale).catch(() => ({ created: 0 })))['created'] === 3_000,
      'their events',
      60_000,
    );
    await eventually(async () => (await platform.audit(sale).catch(() => ({ holds: false }))).holds, 'the audit', 60_000);
    expect(await platform.deadLetters()).toEqual([]);
    await platform.stopWorkers();
  },
);
