import { randomBytes } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { PurchaseTokens } from 'seckill-core';
import type { Admission } from './admission/admission.ts';
import type { Challenges } from './admission/risk/challenges.ts';
import type { RiskGate } from './admission/risk/risk-gate.ts';
import type { RiskMemory } from './admission/risk/risk-memory.ts';
import type { RiskRules } from './admission/risk/risk-rules.ts';
import type { Scorer } from './admission/risk/scorer.ts';
import type { ItemObserver } from './catalogue/item-observer.ts';
import type { SalesMemory } from './catalogue/sales-memory.ts';
import type { ServerClock } from './catalogue/server-clock.ts';
import type { Config } from './config.ts';
import type { HotItems } from './hot-items/hot-items.ts';
import type { App } from './http/app-type.ts';
import type { Capacity } from './http/capacity.ts';
import { closeConnectionsWithoutRequest } from './http/closing-connections.ts';
import { limitConnections } from './http/connection-limit.ts';
import { serveInFront } from './http/in-front.ts';
import { refuseUnusualPath } from './http/normal-path.ts';
import { notFoundHandler } from './http/not-found.ts';
import { OpenConnections } from './http/open-connections.ts';
import { registerOpenApi } from './http/openapi.ts';
import { problemHandler } from './http/problem.ts';
import { refuseBadRequest } from './http/slow-requests.ts';
import type { NatsLink } from './links/nats-link.ts';
import type { Readiness } from './links/readiness.ts';
import type { RedisLink } from './links/redis-link.ts';
import { pages } from './pages/pages.ts';
import { startPush } from './push/start-push.ts';
import { adminRoutes } from './routes/admin/admin.ts';
import { adminLiveRoute } from './routes/admin/live.ts';
import { simulatedBuyersRoute } from './routes/dev/buyers.ts';
import { devLoginRoute } from './routes/dev/login.ts';
import { eventRoutes } from './routes/events.ts';
import { healthRoutes } from './routes/health.ts';
import { cancelRoute } from './routes/orders/cancel.ts';
import { orderRoutes } from './routes/orders/orders.ts';
import { startPaymentRoute } from './routes/orders/payments.ts';
import { paymentRoutes } from './routes/payments/payments.ts';
import { problemsPage } from './routes/problems.ts';
import { ticketLiveRoute } from './routes/queue/live.ts';
import { hotTicket, ticketRoute } from './routes/queue/ticket.ts';
import { reservationLiveRoute } from './routes/reservations/live.ts';
import { reservationRoute } from './routes/reservations/reservation.ts';
import { hotReserve, reserveRoute } from './routes/reservations/reserve.ts';
import { drawRoute } from './routes/sales/draw.ts';
import { purchaseTokenRoute } from './routes/sales/purchase-token.ts';
import { hotQueue, queueRoute } from './routes/sales/queue.ts';
import { salesRoutes } from './routes/sales/sales.ts';
import type { AccessTokens } from './security/access-tokens.ts';
import { type OperatorOnly, operatorOnly } from './security/admin-token.ts';
import type { AnswerMetrics } from './telemetry/answer-metrics.ts';
import type { WaitingRooms } from './waiting-room/waiting-rooms.ts';

/** What the routes are made of. Each route names the parts it takes. */
export interface GatewayParts {
  config: Config;
  capacity: Capacity;
  log: Logger;
  redis: RedisLink;
  nats: NatsLink;
  clock: ServerClock;
  sales: SalesMemory;
  observer: ItemObserver;
  admission: Admission;
  accessTokens: AccessTokens;
  purchaseTokens: PurchaseTokens;
  hotItems: HotItems;
  waitingRooms: WaitingRooms;
  challenges: Challenges;
  risk: RiskGate;
  riskMemory: RiskMemory;
  rules: RiskRules;
  scorer: Scorer | undefined;
  readiness: Readiness;
  answers: AnswerMetrics;
  registry: Registry;
}

const BODY_LIMIT = 16 * 1_024;
/** Above nginx's idle time of 60 s, so that nginx closes first. Otherwise nginx may send a request into a connection that we just closed. */
const KEEP_ALIVE_MS = 72_000;
/** For a whole request with its body: 26 kB/s are enough for the largest one. nginx limits only the pauses between the bytes of a body. */
const REQUEST_WITHIN_MS = 10_000;
const HEADERS_WITHIN_MS = 5_000;
const CHECK_EVERY_MS = 1_000;

/** Builds the HTTP server with all routes. It does not listen yet. */
export async function buildApp(parts: GatewayParts): Promise<App> {
  const { config } = parts;
  const requestId = requestIds();
  const connections = new OpenConnections();
  const app = createServer(parts.log, requestId, connections);
  const hot = hotReserve({ ...parts, requestId });
  const inRooms = { ...parts, ...parts.waitingRooms, requestId };
  serveInFront(app, hot, [hotTicket(inRooms), hotQueue(inRooms)]);
  connections.watch(app.server);
  closeConnectionsWithoutRequest(app, connections);
  limitConnections(app, parts.capacity.connections, parts.log);
  const forOperator = operatorOnly(accepted(config.adminToken, config.previous.adminToken));
  await registerOpenApi(app);

  // Outside the measured context: the hot path records its own answers.
  await app.register(reserveRoute, { hot });
  await app.register(measuredRoutes, { parts, forOperator });
  // Not measured: the duration of a stream is not a response time.
  await app.register(async (live) => {
    const push = startPush(live, parts);
    await reservationLiveRoute(live, { ...parts, ...push });
    await ticketLiveRoute(live, { ...parts, ...parts.waitingRooms, ...push });
    await live.register(adminLiveRoute, { ...push, operatorOnly: forOperator });
  });
  await healthRoutes(app, parts);
  await problemsPage(app);
  await eventRoutes(app, config);
  await app.register(pages, {
    settings: { devLogin: config.devLogin, simulatedBuyers: config.simulatedBuyersUrl !== undefined },
  });
  return app;
}

function createServer(log: Logger, requestId: () => string, connections: OpenConnections): App {
  const onProblem = problemHandler(log);
  const app = fastify({
    // A child logger for each request costs as much as the whole sold-out answer; errors are logged by problemHandler.
    logger: false,
    genReqId: requestId,
    rewriteUrl: refuseUnusualPath,
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_WITHIN_MS,
    http: { headersTimeout: HEADERS_WITHIN_MS, connectionsCheckingInterval: CHECK_EVERY_MS },
    // While closing, requests on open connections are still served: they were accepted.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    frameworkErrors: onProblem,
    clientErrorHandler: refuseBadRequest(connections),
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.decorateReply('problemCode', null);
  app.setErrorHandler(onProblem);
  app.setNotFoundHandler(notFoundHandler(app));
  return app;
}

/**
 * Routes without a parser or a hook of their own share one context. Fastify makes new classes of request and reply for each context, and its
 * code, which every request passes through, stays fast for up to four of them.
 */
async function measuredRoutes(
  app: App,
  { parts, forOperator }: { parts: GatewayParts; forOperator: OperatorOnly },
): Promise<void> {
  const { config, nats, sales, answers } = parts;
  app.addHook('onRequest', ignoreTypeOfEmptyBody);
  app.addHook('onResponse', async (request, reply) => {
    answers.record(request.routeOptions.url ?? 'unknown', reply.problemCode ?? 'OK', reply.elapsedTime);
  });
  await salesRoutes(app, { ...parts, ...parts.waitingRooms });
  await queueRoute(app, { ...parts, ...parts.waitingRooms });
  await ticketRoute(app, { ...parts, ...parts.waitingRooms });
  await purchaseTokenRoute(app, { ...parts, ...parts.waitingRooms });
  await reservationRoute(app, parts);
  await orderRoutes(app, parts);
  await startPaymentRoute(app, parts);
  await cancelRoute(app, parts);
  await app.register(paymentRoutes, {
    nats,
    log: parts.log,
    secrets: accepted(config.paymentWebhookSecret, config.previous.paymentWebhookSecret),
  });
  await drawRoute(app, parts);
  await app.register(adminRoutes, { ...parts, operatorOnly: forOperator });
  if (config.devLogin) await devLoginRoute(app, parts);
  const { simulatedBuyersUrl: url } = config;
  if (url !== undefined) await app.register(simulatedBuyersRoute, { sales, url, operatorOnly: forOperator });
}

/** The values of a secret that is being changed, or its only one. */
const accepted = (current: string, previous: string | undefined) => (previous === undefined ? [current] : [current, previous]);

/** Many clients declare JSON on every POST. If a call takes no body and none came, its content type is ignored instead of refused. */
async function ignoreTypeOfEmptyBody({ headers, routeOptions }: FastifyRequest): Promise<void> {
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (isEmpty && routeOptions.schema?.body === undefined) delete headers['content-type'];
}

/** Unique over all gateways and restarts, and as cheap as a counter. */
function requestIds(): () => string {
  const prefix = randomBytes(5).toString('hex');
  let next = 0;
  return () => `${prefix}-${(next++).toString(36)}`;
}
