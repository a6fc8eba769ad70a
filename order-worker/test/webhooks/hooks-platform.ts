import {
  type AdminSale,
  calls,
  type Log,
  type OrderEvent,
  type OrderEventName,
  orderEvent,
  sendOrderEvents,
  type WebhookDelivery,
} from 'seckill-core';
import { afterEach, beforeEach } from 'vitest';
import { createMetrics, type Worker } from '../../src/index.ts';
import { saleStatistics } from '../../src/listeners/statistics/sale-statistics.ts';
import { webhookListener } from '../../src/webhooks/webhook-listener.ts';
import { USUAL_WEBHOOK_SETTINGS, type WebhookSettings } from '../../src/webhooks/webhook-settings.ts';
import { eventually, quiet, usePlatform } from '../support/platform.ts';
import { WebhookReceiver } from '../support/webhook-receiver.ts';

const allowLocal: WebhookSettings = { ...USUAL_WEBHOOK_SETTINGS, allowPrivate: true };

/** A platform with a receiver for each test, on which endpoints are added as an operator does. */
export function useHooks() {
  const on = usePlatform();
  const hooks = {
    get platform() {
      return on.platform;
    },
    receiver: undefined as unknown as WebhookReceiver,
    /** Starts a worker with the webhooks. By default they may go to this machine. */
    async startWorker(change: Partial<WebhookSettings> = {}, log: Log = quiet): Promise<Worker> {
      const { nc, prisma } = on.platform;
      const [settings, metrics] = [{ ...allowLocal, ...change }, createMetrics()];
      const listener = webhookListener({ nc, prisma, log, metrics }, settings);
      const worker = await on.platform.startWorker({ webhooks: settings, listeners: [saleStatistics, listener], metrics, log });
      // It begins after the newest event, so a test waits until its position is there.
      await eventually(
        async () => (await prisma.listenerPosition.count({ where: { listener: 'webhooks' } })) === 1,
        'a position',
      );
      return worker;
    },
    /** Adds an endpoint at this path of the receiver. */
    async add({ path = '/hook', events = ['order.*'], saleIds = [] as string[] } = {}) {
      return on.platform.call(calls.createWebhook, { url: hooks.receiver.url(path), events: events as never, saleIds });
    },
    read: (webhookId: string) => on.platform.call(calls.getWebhook, { webhookId }),
    async deliveries(webhookId: string, filter: { state?: 'WAITING' | 'DELIVERED' | 'FAILED' } = {}) {
      return (await on.platform.call(calls.listDeliveries, { webhookId, limit: 100, ...filter })).deliveries;
    },
    async detail(webhookId: string, place = 0): Promise<WebhookDelivery> {
      const { deliveryId = '' } = (await hooks.deliveries(webhookId))[place] ?? {};
      return on.platform.call(calls.getDelivery, { webhookId, deliveryId });
    },
    /** Stores events as the orders' transactions do. */
    store: (events: readonly OrderEvent[], repeat = false) => sendOrderEvents(on.platform.publisher, events, { repeat }),
    arrived: (count: number, path?: string) =>
      eventually(() => new Set(hooks.receiver.ids(path)).size >= count, `${count} events at ${path ?? '/hook'}`),
  };
  beforeEach(async () => {
    hooks.receiver = await WebhookReceiver.start();
  });
  afterEach(async () => {
    await on.platform.stopWorkers();
    await on.platform.prisma.webhookEndpoint.deleteMany();
    await hooks.receiver.close();
  });
  return hooks;
}

const VERSIONS: Partial<Record<OrderEventName, number>> = { created: 0, paid: 1, refunded: 2 };

/** Events of orders that PostgreSQL does not know: no listener restores them, because the sale has no such item. */
export const eventsOf = ({ saleId }: Pick<AdminSale, 'saleId'>, event: OrderEventName, orders: readonly number[]): OrderEvent[] =>
  orders.map((order) => ({
    event,
    orderId: `${saleId.slice(-8)}-0000-7000-8000-${order.toString(16).padStart(12, '0')}`,
    saleId,
    itemId: '000001',
    userId: 'buyer 李雷',
    quantity: 1,
    amountCents: 1_000,
    currency: 'EUR',
    reservedAt: 1,
    at: Date.now(),
    payBy: 1,
    version: VERSIONS[event] ?? 1,
  }));

export const idsOf = (events: readonly OrderEvent[]): string[] => events.map(orderEvent.id);
export const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
