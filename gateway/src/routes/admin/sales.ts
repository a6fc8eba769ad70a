import { AdminSale, CreateSale, calls } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { problems } from '../../http/problem-responses.ts';
import { type AdminParts, knownSale, ofSale, operatorCall } from './operator-call.ts';

const CREATE_BODY_LIMIT = 256 * 1_024;

export async function adminSalesRoutes(app: App, { nats }: AdminParts): Promise<void> {
  app.post(
    '/api/admin/sales',
    {
      bodyLimit: CREATE_BODY_LIMIT,
      schema: {
        ...operatorCall,
        summary: 'Create a sale as a draft',
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
        ...operatorCall,
        summary: 'List all sales, including drafts',
        response: { 200: Type.Object({ sales: Type.Array(AdminSale) }), ...problems('UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async () => ({ sales: await nats.ask(calls.listSales, {}) }),
  );

  app.get(
    '/api/admin/sales/:saleId',
    {
      schema: {
        ...operatorCall,
        summary: 'Read one sale',
        params: ofSale,
        response: { 200: AdminSale, ...problems('UNAUTHENTICATED', 'NOT_FOUND', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.getSale, knownSale(request.params)),
  );
}
