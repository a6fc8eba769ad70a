import type { TestServers } from 'dev/test';
import { type Gateway, readConfig, startGateway } from 'gateway';
import {
  connectRedis,
  createListeners,
  createMetrics,
  createProviders,
  createSinks,
  readWorkerConfig,
  startWorker,
} from 'order-worker';
import { type Sandbox, startTrial } from 'payment-sandbox';
import { pino } from 'pino';
import { type AdminSale, connectNats } from 'seckill-core';
import { createPrisma } from 'seckill-prisma';
import { Operator, type SaleDraft, saleDraft } from 'simulation';

export interface Shop {
  url: string;
  adminToken: string;
  gateway: Gateway;
  operator: Operator;
  sandbox: Sandbox;
  /** A published sale; by default it has started. */
  openSale(draft?: SaleDraft): Promise<AdminSale>;
  /** The address of its page in the storefront. */
  pageOf(sale: AdminSale): string;
  /** Units in live orders, as PostgreSQL counts them now. */
  soldUnits(sale: AdminSale): Promise<number>;
  close(): Promise<void>;
}

const MAY_BE_AWAY_MS = 30_000;

/** A process that stalled for seconds answers UNAVAILABLE to the requests that came in. Then the request is repeated, as clients do. */
export async function askUntilThere(url: string, request: RequestInit): Promise<Response> {
  const until = performance.now() + MAY_BE_AWAY_MS;
  for (;;) {
    const response = await fetch(url, request);
    if (response.status !== 503 || performance.now() > until) return response;
    const { retryAfterMs = 500 } = (await response.clone().json()) as { retryAfterMs?: number };
    await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
  }
}

const log = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });

/**
 * Gateway, worker and payment sandbox in this process, with the test's servers. `names` are the payment providers, the usual one first; `more` are other
 * settings of the worker.
 */
export async function startShop(
  { redisUrl, natsUrl, databaseUrl }: TestServers,
  names = ['http'],
  more: Readonly<Record<string, string>> = {},
): Promise<Shop> {
  const config = readConfig({ REDIS_URL: redisUrl, NATS_URL: natsUrl, PORT: '0', DEV_LOGIN: 'true' });
  const redis = connectRedis(redisUrl, log);
  const prisma = createPrisma({ databaseUrl, max: 6 });
  const nc = await connectNats(natsUrl, 'test');
  const gateway = await startGateway(config, log);
  const { sandbox, worker: settings } = await startTrial(names, {
    webhooksUrl: `${gateway.url}/api/payments/webhook`,
    environment: () => ({ PAYMENT_WEBHOOK_SECRET: config.paymentWebhookSecret }),
    log,
  });
  const {
    providers: configured,
    listeners: on,
    webhooks,
    sagas,
    dataHub: hub,
  } = readWorkerConfig({
    ...settings,
    ...more,
    WEBHOOK_ALLOW_PRIVATE: 'true',
    PAYMENT_PROVIDERS: names.join(','),
    PAYMENT_SANDBOX_URL: sandbox.url,
    PAYMENT_WEBHOOK_SECRET: config.paymentWebhookSecret,
  });
  const providers = await createProviders(configured, { publicUrl: gateway.url, log });
  const metrics = createMetrics();
  const listeners = await createListeners(on, { nc, prisma, log, metrics, publicUrl: gateway.url });
  const dataHub = { ...hub, sinks: await createSinks(hub.sinks, { prisma }) };
  const servers = { nc, redis, prisma, databaseUrl };
  const worker = await startWorker({ ...servers, providers, log, metrics, listeners, webhooks, sagas, dataHub });
  await gateway.ready();

  const operator = new Operator({ gatewayUrls: [gateway.url], adminToken: config.adminToken });

  return {
    url: gateway.url,
    adminToken: config.adminToken,
    sandbox,
    gateway,
    operator,
    openSale: (draft = {}) =>
      operator.openSale(
        saleDraft({
          title: 'Test sale',
          rateLimit: { ratePerSecond: 1_000, burst: 1_000 },
          item: { title: 'Lamp', priceCents: 4_900 },
          ...draft,
        }),
      ),
    pageOf: ({ saleId }) => `${gateway.url}/sale/${saleId}`,
    async soldUnits({ saleId }) {
      const { items } = await operator.sale(saleId);
      return items.reduce((sum, item) => sum + item.sold, 0);
    },
    async close() {
      await gateway.close();
      await worker.stop();
      await sandbox.stop();
      await nc.close();
      redis.disconnect();
      await prisma.$disconnect();
    },
  };
}
