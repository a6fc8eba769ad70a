import {
  AdminSale,
  AuditReport,
  CreateSale,
  calls,
  DeadLetterView,
  ItemId,
  newId,
  Overview,
  Problem,
  SALE_COMMANDS,
  type SaleCommand,
  SaleReport,
} from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../app.ts';
import type { GatewayParts } from '../../gateway-parts.ts';
import { problems } from '../../http/problem-responses.ts';
import { requireAdmin } from '../../security/admin-token.ts';

const CREATE_BODY_LIMIT = 256 * 1_024;
const DEAD_LETTERS = 50;
const REQUEST_ID = '^[\\x21-\\x7e]{1,100}$';
const security = [{ admin: [] }];
const ofSale = Type.Object({ saleId: Type.String() });
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The operator's calls. A worker carries them out; this gateway has a change in memory before it answers, the others within a second. */
export async function adminRoutes(app: App, { parts }: { parts: GatewayParts }): Promise<void> {
  const { config, nats, sales } = parts;
  app.addHook('onRequest', requireAdmin(config.adminToken));

  app.post(
    '/api/admin/sales',
    {
      bodyLimit: CREATE_BODY_LIMIT,
      schema: {
        tags: ['admin'],
        summary: 'Make a draft of a sale',
        security,
        body: CreateSale,
        response: { 201: AdminSale, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async (request, reply) => {
      reply.statusCode = 201;
      return nats.ask(calls.createSale, request.body);
    },
  );

  app.get(
    '/api/admin/sales',
    {
      schema: {
        tags: ['admin'],
        summary: 'All sales, drafts as well',
        security,
        response: { 200: Type.Object({ sales: Type.Array(AdminSale) }), ...problems('UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async () => ({ sales: await nats.ask(calls.listSales, {}) }),
  );

  app.get(
    '/api/admin/sales/:saleId',
    {
      schema: {
        tags: ['admin'],
        summary: 'One sale',
        security,
        params: ofSale,
        response: { 200: AdminSale, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.getSale, known(request.params)),
  );

  for (const command of Object.keys(SALE_COMMANDS) as SaleCommand[]) {
    app.post(
      `/api/admin/sales/:saleId/${command}`,
      {
        schema: {
          tags: ['admin'],
          summary: `${command.charAt(0).toUpperCase()}${command.slice(1)} a sale`,
          description: `From ${SALE_COMMANDS[command].from.join(' or ')} to ${SALE_COMMANDS[command].to}.`,
          security,
          params: ofSale,
          response: { 200: AdminSale, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'WRONG_SALE_STATE', 'UNAVAILABLE') },
        },
      },
      async (request) => {
        const sale = await nats.ask(calls.commandSale, { ...known(request.params), command });
        await sales.refresh().catch(() => undefined);
        return sale;
      },
    );
  }

  app.post(
    '/api/admin/sales/:saleId/items/:itemId/stock',
    {
      schema: {
        tags: ['admin'],
        summary: 'Add units to an item',
        description:
          'Adds once under a request id, which is `requestId` of the body, or the header `Idempotency-Key`, or the header `X-Request-Id`. Without one each call adds.',
        security,
        params: Type.Object({ saleId: Type.String(), itemId: Type.String() }),
        headers: Type.Object({
          'idempotency-key': Type.Optional(Type.String({ pattern: REQUEST_ID })),
          'x-request-id': Type.Optional(Type.String({ pattern: REQUEST_ID })),
        }),
        body: Type.Object(
          {
            add: Type.Integer({ minimum: 1, maximum: 10_000_000 }),
            requestId: Type.Optional(Type.String({ pattern: REQUEST_ID })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            itemId: ItemId,
            stock: Type.Integer({ description: 'all units of the item' }),
            added: Type.Integer(),
          }),
          ...problems(
            'VALIDATION_FAILED',
            'UNAUTHENTICATED',
            'NOT_FOUND',
            'WRONG_SALE_STATE',
            'REQUEST_ID_REUSED',
            'UNAVAILABLE',
          ),
        },
      },
    },
    async (request) => {
      const { add, requestId = request.headers['idempotency-key'] ?? request.headers['x-request-id'] ?? newId() } = request.body;
      const { itemId } = request.params;
      if (!/^[0-9a-f]{6}$/.test(itemId)) throw new Problem('NOT_FOUND');
      const added = await nats.ask(calls.addStock, { ...known(request.params), itemId, add, requestId });
      await sales.refresh().catch(() => undefined);
      return added;
    },
  );

  app.get(
    '/api/admin/sales/:saleId/audit',
    {
      schema: {
        tags: ['admin'],
        summary: 'Do the books of a sale balance?',
        security,
        params: ofSale,
        response: { 200: AuditReport, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.auditSale, known(request.params)),
  );

  app.get(
    '/api/admin/sales/:saleId/report',
    {
      schema: {
        tags: ['admin'],
        summary: 'What became of a sale',
        security,
        params: ofSale,
        response: { 200: SaleReport, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.reportSale, known(request.params)),
  );

  app.get(
    '/api/admin/dead-letters',
    {
      schema: {
        tags: ['admin'],
        summary: 'The newest messages that could not be handled',
        security,
        response: {
          200: Type.Object({ deadLetters: Type.Array(DeadLetterView) }),
          ...problems('UNAUTHENTICATED', 'UNAVAILABLE'),
        },
      },
    },
    async () => ({ deadLetters: await nats.ask(calls.listDeadLetters, { limit: DEAD_LETTERS }) }),
  );

  app.get(
    '/api/admin/overview',
    {
      schema: {
        tags: ['admin'],
        summary: 'Sales, queues and dead letters at a glance',
        security,
        response: { 200: Overview, ...problems('UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async () => nats.ask(calls.overview, {}),
  );
}

function known({ saleId }: { saleId: string }): { saleId: string } {
  if (!uuid.test(saleId)) throw new Problem('NOT_FOUND');
  return { saleId };
}
