import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { PurchaseTokens, restocked, riskChanged, saleChanged, soldOut } from 'seckill-core';
import { Admission } from './admission/admission.ts';
import type { LoadLimits } from './admission/load-guard.ts';
import { OutboxClearing } from './admission/outbox-clearing.ts';
import { Challenges } from './admission/risk/challenges.ts';
import { RiskGate } from './admission/risk/risk-gate.ts';
import { RiskMemory } from './admission/risk/risk-memory.ts';
import { RiskRules } from './admission/risk/risk-rules.ts';
import { Scorer } from './admission/risk/scorer.ts';
import { WinnerAnnouncements } from './admission/winner-announcements.ts';
import { buildApp, type GatewayParts } from './app.ts';
import { ItemObserver } from './catalogue/item-observer.ts';
import { SalesMemory } from './catalogue/sales-memory.ts';
import { ServerClock } from './catalogue/server-clock.ts';
import type { Config } from './config.ts';
import { HotItems } from './hot-items/hot-items.ts';
import type { App } from './http/app-type.ts';
import { type Capacity, capacityOf, openFileLimit } from './http/capacity.ts';
import { NatsLink } from './links/nats-link.ts';
import { Readiness } from './links/readiness.ts';
import { RedisLink } from './links/redis-link.ts';
import { AccessTokens } from './security/access-tokens.ts';
import { ContactCollection } from './security/contact-collection.ts';
import { RemoteKeys } from './security/remote-keys.ts';
import { AnswerMetrics } from './telemetry/answer-metrics.ts';
import { gaugesOf } from './telemetry/gauges.ts';
import { createRegistry } from './telemetry/registry.ts';
import { WaitingRooms } from './waiting-room/waiting-rooms.ts';

/**
 * Connections that the kernel keeps until the gateway accepts them, as many as Linux allows by default (`net.core.somaxconn`). Beyond it a
 * client's kernel tries again after 1, 3 and 7 s. Node's own 511 delayed about 1 600 of 2 500 buyers who connected at the same moment.
 */
const BACKLOG = 4_096;

/** For tests that need to reach a limit. */
export interface GatewayLimits {
  load?: LoadLimits;
  unacknowledged?: number;
  capacity?: Capacity;
}

export interface Gateway {
  readonly app: App;
  readonly parts: GatewayParts;
  readonly url: string;
  /** Resolves once buyers can be served. */
  ready(): Promise<void>;
  /** Answers every accepted request, publishes the remaining winners, then disconnects. */
  close(): Promise<void>;
}

/** Creates the clients and listens. It does not wait for Redis and NATS: until they are up, buyers get UNAVAILABLE. */
export async function startGateway(config: Config, log: Logger, limits: GatewayLimits = {}): Promise<Gateway> {
  const path = lightPath(config, log, limits);
  const { redis, nats, sales, observer, outbox, winners, hotItems, waitingRooms, riskMemory, admission } = path;
  const { accessTokens, remoteKeys, contacts } = identities(config, nats, log);
  const readiness = new Readiness(path, remoteKeys);
  const answers = new AnswerMetrics();
  const gauges = gaugesOf({ ...path, readiness, waitingRooms });
  const registry = createRegistry({ answers, findings: () => path.rules.verdicts.all(), gauges });
  const capacity = limits.capacity ?? capacityOf(openFileLimit());
  const parts = { ...path, config, capacity, log, accessTokens, readiness, answers, registry };

  remoteKeys?.start();
  contacts?.start();
  listenToBroadcasts(parts);
  const app = await buildApp(parts);
  for (const part of [sales, observer, winners, hotItems, waitingRooms, riskMemory, admission.load]) part.start();
  await app.listen({ host: config.host, port: config.port, backlog: BACKLOG });
  return {
    app,
    parts,
    url: urlOf(config.host, app.server.address() as AddressInfo),
    async ready() {
      while (readiness.whyNot() !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    },
    async close() {
      readiness.leave();
      remoteKeys?.stop();
      await contacts?.stop();
      await closeServer(app);
      for (const part of [observer, hotItems, riskMemory, admission.load]) part.stop();
      await Promise.all([winners.close(), waitingRooms.close()]);
      await nats.close();
      await outbox.close();
      redis.close();
    },
  };
}

/** All that decides about a purchase, and what it needs. */
function lightPath(config: Config, log: Logger, limits: GatewayLimits) {
  const redis = new RedisLink(config.redisUrl, log);
  const nats = new NatsLink({ url: config.natsUrl, credsFile: config.natsCreds, prefix: config.natsPrefix, log });
  const clock = new ServerClock();
  const sales = new SalesMemory(redis, clock, log);
  const observer = new ItemObserver(sales, redis, clock, log);
  const outbox = new OutboxClearing(redis, log);
  const winners = new WinnerAnnouncements(nats, outbox, log, limits.unacknowledged);
  const purchaseTokens = new PurchaseTokens(config.tokenSecret, config.previous.tokenSecret);
  const challenges = new Challenges(config.tokenSecret, config.previous.tokenSecret);
  const rules = new RiskRules(config.risk.asnHeader);
  const riskMemory = new RiskMemory({ redis, clock, rules, log });
  const scorer = config.risk.scorer === undefined ? undefined : new Scorer(config.risk.scorer);
  const risk = new RiskGate({ rules, challenges, scorer });
  const hotItems = new HotItems(nats, sales);
  const waitingRooms = new WaitingRooms({ redis, nats, sales, observer, clock, log }, config);
  const { claims } = waitingRooms;
  const parts = { redis, nats, clock, sales, observer, winners, risk, hotItems };
  const admission = new Admission({ ...parts, claims, tokens: purchaseTokens, log, loadLimits: limits.load });
  return { ...parts, waitingRooms, riskMemory, rules, scorer, outbox, purchaseTokens, challenges, admission };
}

/** Who users are, by their access tokens. */
function identities(config: Config, nats: NatsLink, log: Logger) {
  const { jwtSecret: jwtSecretPrevious, jwtPublicKey: jwtPublicKeyPrevious } = config.previous;
  const remoteKeys = config.jwksUrl === undefined ? undefined : new RemoteKeys({ url: config.jwksUrl, log });
  const contacts = config.collectContacts ? new ContactCollection(nats, log) : undefined;
  const onContact = contacts === undefined ? undefined : contacts.add.bind(contacts);
  const accessTokens = new AccessTokens({
    ...config,
    riskClaims: config.risk.claims,
    jwtSecretPrevious,
    jwtPublicKeyPrevious,
    remoteKeys,
    onContact,
  });
  return { accessTokens, remoteKeys, contacts };
}

async function closeServer(app: App): Promise<void> {
  // Node closes connections that are idle now. Those that become idle later stay open, so keep closing them.
  const closing = setInterval(() => app.server.closeIdleConnections(), 20);
  await app.close();
  clearInterval(closing);
}

/** Reacts to broadcasts of other gateways and of workers. Polling makes up for a missed broadcast. */
function listenToBroadcasts({
  nats,
  sales,
  observer,
  riskMemory,
}: Pick<GatewayParts, 'nats' | 'sales' | 'observer' | 'riskMemory'>): void {
  const refresh = () => void sales.refresh().catch(() => undefined);
  nats.listen(riskChanged, () => void riskMemory.refresh().catch(() => undefined));
  nats.listen(soldOut, ({ itemId }) => {
    const item = sales.item(itemId);
    if (item !== undefined) observer.refresh(item);
  });
  nats.listen(restocked, ({ itemId }) => {
    const item = sales.item(itemId);
    if (item === undefined) return;
    item.doubt();
    observer.refresh(item);
  });
  nats.listen(saleChanged, refresh);
  nats.onConnected(refresh);
}

function urlOf(host: string, { port }: AddressInfo): string {
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
