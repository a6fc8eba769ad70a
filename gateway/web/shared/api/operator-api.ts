import { operatorToken } from '../session/operator-session.ts';
import type { AdminSale, Answer, AuditReport, NewSale, SaleReport } from './contract.ts';
import { type RequestOptions, request } from './request.ts';

export type SaleCommand = 'publish' | 'pause' | 'resume' | 'close';

const ask = <Answered>(path: string, options: RequestOptions = {}) =>
  request<Answered>(`/api/admin${path}`, { ...options, accessToken: operatorToken.value });

/** Longer than a gateway waits for a worker. */
const COMMAND_MS = 21_000;

const after = (cursor: string | undefined) => (cursor === undefined ? '' : `&cursor=${cursor}`);

export const listSales = (cursor?: string) => ask<Answer<'GET /api/admin/sales'>>(`/sales?limit=100${after(cursor)}`);
export const readSale = (saleId: string) => ask<AdminSale>(`/sales/${saleId}`);
export const createSale = (sale: NewSale) => ask<AdminSale>('/sales', { method: 'POST', body: sale, timeoutMs: COMMAND_MS });
export const commandSale = (saleId: string, command: SaleCommand) =>
  ask<AdminSale>(`/sales/${saleId}/${command}`, { method: 'POST', timeoutMs: COMMAND_MS });
export const auditSale = (saleId: string) => ask<AuditReport>(`/sales/${saleId}/audit`, { timeoutMs: 60_000 });
export const reportSale = (saleId: string) => ask<SaleReport>(`/sales/${saleId}/report`, { timeoutMs: 30_000 });
export const listDeadLetters = (cursor?: string) =>
  ask<Answer<'GET /api/admin/dead-letters'>>(`/dead-letters?limit=50${after(cursor)}`);

/** Under the same request id units are added once, however often it is sent. */
export const addStock = (saleId: string, itemId: string, add: number, requestId: string) =>
  ask<Answer<'POST /api/admin/sales/{saleId}/items/{itemId}/stock'>>(`/sales/${saleId}/items/${itemId}/stock`, {
    method: 'POST',
    body: { add, requestId },
  });

/** With `npm start` only. */
export const sendSimulatedBuyers = (saleId: string, buyers: number) =>
  request<Answer<'POST /api/dev/buyers'>>('/api/dev/buyers', {
    method: 'POST',
    body: { saleId, buyers },
    accessToken: operatorToken.value,
  });
