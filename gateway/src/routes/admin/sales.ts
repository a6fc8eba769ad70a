import { AdminSale, CreateSale, calls, SaleId } from 'seckill-core';
import { Type } from 'typebox';
import type { App } from '../../http/app-type.ts';
import { pageOf, pageQuery } from '../../http/page-query.ts';
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
        summary: 'List all sales, including drafts, newest first',
        querystring: Type.Object(pageQuery(SaleId), { additionalProperties: false }),
        response: { 200: calls.listSales.reply, ...problems('VALIDATION_FAILED', 'UNAUTHENTICATED', 'UNAVAILABLE') },
      },
    },
    async (request) => nats.ask(calls.listSales, pageOf(request.query)),
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
