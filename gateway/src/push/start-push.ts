import type { Logger } from 'pino';
import { Gauge, type Registry } from 'prom-client';
import type { ItemObserver } from '../catalogue/item-observer.ts';
import type { SalesMemory } from '../catalogue/sales-memory.ts';
import type { ServerClock } from '../catalogue/server-clock.ts';
import type { HotItems } from '../hot-items/hot-items.ts';
import type { App } from '../http/app-type.ts';
import type { Capacity } from '../http/capacity.ts';
import type { NatsLink } from '../links/nats-link.ts';
import type { RedisLink } from '../links/redis-link.ts';
import { AnswerLedger } from '../telemetry/answer-ledger.ts';
import type { AnswerMetrics } from '../telemetry/answer-metrics.ts';
import { gatewayPulses } from '../telemetry/gateway-pulses.ts';
import { BuyerChannels } from './buyer-channels.ts';
import { OpenStreams } from './open-streams.ts';
import { OperatorFeed } from './operator-feed.ts';

export interface PushParts {
  redis: RedisLink;
  nats: NatsLink;
  sales: SalesMemory;
  observer: ItemObserver;
  clock: ServerClock;
  hotItems: HotItems;
  answers: AnswerMetrics;
  registry: Registry;
  capacity: Capacity;
  log: Logger;
}

/** Starts everything that feeds open pages. It stops when `app` closes. */
export function startPush(app: App, parts: PushParts): { streams: OpenStreams; channels: BuyerChannels; feed: OperatorFeed } {
  const streams = new OpenStreams({ buyer: parts.capacity.buyerStreams, operator: parts.capacity.operatorStreams });
  const channels = new BuyerChannels(parts.nats);
  const feed = new OperatorFeed(parts);
  const pulses = gatewayPulses(parts, streams);
  const ledger = new AnswerLedger(parts, pulses.processId);
  new Gauge({
    name: 'seckill_gateway_open_streams',
    help: 'Open pages that receive changes',
    registers: [parts.registry],
    collect() {
      this.set(streams.size);
    },
  });
  app.addHook('preClose', async () => {
    for (const part of [pulses, feed, ledger, channels, streams]) part.stop();
  });
  // By then every request has been answered.
  app.addHook('onClose', () => ledger.write());
  for (const part of [streams, channels, ledger]) part.start();
  return { streams, channels, feed };
}
