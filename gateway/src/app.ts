import { randomBytes } from 'node:crypto';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import type { GatewayParts } from './gateway-parts.ts';
import { notFoundHandler } from './http/not-found.ts';
import { registerOpenApi } from './http/openapi.ts';
import { problemHandler, sendBadRequest } from './http/problem.ts';
import { closeUnusedConnections } from './http/unused-connections.ts';
import { pages } from './pages/pages.ts';
import { live } from './push/live.ts';
import { reservationRoutes } from './reservations/find-reservation.ts';
import { adminRoutes } from './routes/admin/sales.ts';
import { simulatedBuyerRoutes } from './routes/dev/buyers.ts';
import { devLoginRoutes } from './routes/dev/login.ts';
import { healthRoutes } from './routes/health.ts';
import { orderRoutes } from './routes/orders/orders.ts';
import { paymentRoutes } from './routes/payments/webhook.ts';
import { problemPage } from './routes/problems.ts';
import { reserveRoutes } from './routes/reservations/reserve.ts';
import { purchaseTokenRoutes } from './routes/sales/purchase-token.ts';
import { salesRoutes } from './routes/sales/sales.ts';

export type App = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

const BODY_LIMIT = 16 * 1_024;
/** Above nginx's idle time of 60 s, so that it is nginx who closes: otherwise it sends a request into a closed connection. */
const KEEP_ALIVE_MS = 72_000;

/** The HTTP server, put together and not listening. */
export async function buildApp(parts: GatewayParts): Promise<App> {
  const onProblem = problemHandler(parts.log);
  const app = fastify({
    // A child logger for each request costs as much as the whole sold-out answer; errors are logged by problemHandler.
    logger: false,
    genReqId: requestIds(),
    bodyLimit: BODY_LIMIT,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Requests that still come over open connections are served: they were accepted.
    return503OnClosing: false,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
    frameworkErrors: onProblem,
    clientErrorHandler: sendBadRequest,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.decorateReply('problemCode', null);
  app.setErrorHandler(onProblem);
  app.setNotFoundHandler(notFoundHandler(app));
  closeUnusedConnections(app);
  await registerOpenApi(app);

  // Not below: the hot path counts by itself.
  await app.register(reserveRoutes, { parts });
  // What needs no parser or hook of its own shares the context around it: Fastify makes new classes of request and reply for each context, and
  // its code, which all of them pass through, is fast for up to four.
  await app.register(async (measured) => {
    measured.addHook('onRequest', forgetTypeOfNothing);
    measured.addHook('onResponse', async (request, reply) => {
      parts.answers.record(request.routeOptions.url ?? 'unknown', reply.problemCode ?? 'OK', reply.elapsedTime);
    });
    await salesRoutes(measured, { parts });
    await purchaseTokenRoutes(measured, { parts });
    await reservationRoutes(measured, { parts });
    await orderRoutes(measured, { parts });
    await measured.register(paymentRoutes, { parts });
    await measured.register(adminRoutes, { parts });
    if (parts.config.devLogin) await devLoginRoutes(measured, { parts });
    const { simulatedBuyersUrl: url } = parts.config;
    if (url !== undefined) await measured.register(simulatedBuyerRoutes, { parts, url });
  });
  // Not measured: how long a stream was open is no time to answer.
  await app.register(live, { parts });
  await healthRoutes(app, { parts });
  await problemPage(app);
  const { devLogin, simulatedBuyersUrl } = parts.config;
  await app.register(pages, { settings: { devLogin, simulatedBuyers: simulatedBuyersUrl !== undefined } });
  return app;
}

/** Many clients declare JSON on every POST. Where a call takes no body and none came, there is nothing of a wrong type. */
async function forgetTypeOfNothing({ headers, routeOptions }: FastifyRequest): Promise<void> {
  const isEmpty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (isEmpty && routeOptions.schema?.body === undefined) delete headers['content-type'];
}

/** Unique over all gateways and restarts, and as cheap as a counter. */
function requestIds(): () => string {
  const prefix = randomBytes(5).toString('hex');
  let next = 0;
  return () => `${prefix}-${(next++).toString(36)}`;
}

declare module 'fastify' {
  interface FastifyReply {
    problemCode: string | null;
  }
}
