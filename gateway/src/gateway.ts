import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { outboxSize, PurchaseTokens, restocked, saleChanged, soldOut } from 'seckill-core';
import { Admission } from './admission/admission.ts';
import type { LoadLimits } from './admission/load-guard.ts';
import { OutboxClearing } from './admission/outbox-clearing.ts';
import { WinnerAnnouncements } from './admission/winner-announcements.ts';
import { ItemObserver } from './catalogue/item-observer.ts';
import { SalesMemory } from './catalogue/sales-memory.ts';
import { ServerClock } from './catalogue/server-clock.ts';
import type { Config } from './config.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { type App, buildApp } from './http/app.ts';
import { NatsLink } from './links/nats-link.ts';
import { Readiness } from './links/readiness.ts';
import { RedisLink } from './links/redis-link.ts';
import { AccessTokens } from './security/access-tokens.ts';
import { AnswerMetrics } from './telemetry/answer-metrics.ts';
import { createRegistry } from './telemetry/registry.ts';

/** For tests that want to meet a bound. */
export interface GatewayLimits {
  load?: LoadLimits;
  unacknowledged?: number;
}

export interface Gateway {
  readonly app: App;
  readonly parts: GatewayParts;
  readonly url: string;
  /** Resolves once buyers can be served. */
  ready(): Promise<void>;
  /** Serves what was accepted, publishes and clears what is in hand, leaves. */
  close(): Promise<void>;
}

/** Makes the clients and listens. Servers that are away are waited for while buyers hear UNAVAILABLE. */
export async function startGateway(config: Config, log: Logger, limits: GatewayLimits = {}): Promise<Gateway> {
  const redis = new RedisLink(config.redisUrl, log);
  const nats = new NatsLink({ url: config.natsUrl, log });
  const clock = new ServerClock();
  const sales = new SalesMemory(redis, clock, log);
  const observer = new ItemObserver(sales, redis, clock, log);
  const outbox = new OutboxClearing(redis, log);
  const winners = new WinnerAnnouncements(nats, outbox, log, limits.unacknowledged);
  const tokens = new PurchaseTokens(config.tokenSecret);
  const loadLimits = limits.load === undefined ? {} : { loadLimits: limits.load };
  const admission = new Admission({ redis, nats, sales, observer, clock, tokens, winners, log, ...loadLimits });
  const answers = new AnswerMetrics();
  const readiness = new Readiness(redis, nats, sales);
  const registry = createRegistry({
    answers,
    gauges: {
      under_way: { help: 'Purchases waiting for Redis or JetStream', read: () => admission.underWay },
      publishes_in_flight: { help: 'Messages waiting for their ack', read: () => nats.inFlight },
      unacknowledged_winners: { help: 'Winners kept until JetStream has them', read: () => winners.unacknowledged },
      event_loop_lag_seconds: { help: 'How late the event loop runs', read: () => admission.load.lagMs / 1_000 },
      sold_out_beliefs: { help: 'Items answered from memory as closed', read: () => beliefs() },
      outbox: {
        help: 'Reservations in Redis that JetStream has not acknowledged; -1 where Redis is away',
        read: () => outboxTotal(),
      },
      ready: { help: '1 where buyers can be served', read: () => (readiness.whyNot() === undefined ? 1 : 0) },
    },
  });
  const parts: GatewayParts = {
    config,
    log,
    redis,
    nats,
    clock,
    sales,
    admission,
    accessTokens: new AccessTokens(config),
    purchaseTokens: tokens,
    readiness,
    answers,
    registry,
  };
  listenToBroadcasts(parts, observer);
  const app = await buildApp(parts);
  sales.start();
  observer.start();
  winners.start();
  admission.load.start();
  await app.listen({ host: config.host, port: config.port });

  function beliefs(): number {
    const now = performance.now();
    return Array.from(sales.items()).filter((item) => item.isBelievedClosed(now)).length;
  }

  async function outboxTotal(): Promise<number> {
    const sizes = Array.from(sales.items(), (item) => redis.ask((client) => outboxSize(client, item.itemId)));
    const known = await Promise.all(sizes).catch(() => [-1]);
    return known.reduce((sum, size) => sum + size, 0);
  }

  return {
    app,
    parts,
    url: urlOf(config.host, app.server.address() as AddressInfo),
    async ready() {
      while (readiness.whyNot() !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async close() {
      readiness.leave();
      // Connections that were busy when the server closed stay open afterwards: nobody but us closes them.
      const closing = setInterval(() => app.server.closeIdleConnections(), 20);
      await app.close();
      clearInterval(closing);
      sales.stop();
      observer.stop();
      admission.load.stop();
      await winners.close();
      await nats.close();
      await outbox.close();
      redis.close();
    },
  };
}

/** Reacts to broadcasts of other gateways and of workers; polling makes up for one that was missed. */
function listenToBroadcasts({ nats, sales }: Pick<GatewayParts, 'nats' | 'sales'>, observer: ItemObserver): void {
  const refresh = () => void sales.refresh().catch(() => undefined);
  nats.listen(soldOut, ({ itemId }) => {
    const item = sales.item(itemId);
    if (item !== undefined) observer.look(item);
  });
  nats.listen(restocked, ({ itemId }) => {
    const item = sales.item(itemId);
    if (item === undefined) return;
    item.doubt();
    observer.look(item);
  });
  nats.listen(saleChanged, refresh);
  nats.onConnected(refresh);
}

function urlOf(host: string, { port }: AddressInfo): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
