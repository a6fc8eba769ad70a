import { operatorToken } from '../session/operator-session.ts';
import type {
  AdminOrder,
  AdminSale,
  Answer,
  AuditReport,
  ExplainedAudit,
  Job,
  NewSale,
  RefundWish,
  RepairReport,
  SaleReport,
} from './contract.ts';
import { type Following, followJob, isJob } from './follow-job.ts';
import { type RequestOptions, request } from './request.ts';

export type SaleCommand = 'publish' | 'pause' | 'resume' | 'close';

/** Makes a call of the operator. `path` begins after `/api/admin`. */
export const ask = <Answered>(path: string, options: RequestOptions = {}) =>
  request<Answered>(`/api/admin${path}`, { ...options, accessToken: operatorToken.value });

/** An audit of an ordinary sale ends within it; a longer one shows its progress. */
const WAIT_SECONDS = 2;

/** Makes a call that may take long, and resolves with its result. */
async function runJob<Result extends object>(
  path: string,
  {
    method = 'GET',
    waitSeconds = WAIT_SECONDS,
    ...following
  }: Following & Pick<RequestOptions, 'method'> & { waitSeconds?: number } = {},
): Promise<Result> {
  const { signal } = following;
  const answer = await ask<Result | Job>(path, { method, signal, prefer: `wait=${waitSeconds}`, timeoutMs: COMMAND_MS });
  if (!isJob(answer)) return answer;
  return (await followJob(answer, (jobId) => ask<Job>(`/jobs/${jobId}`, { signal }), following)) as Result;
}

/** Longer than a gateway waits for a worker. */
export const COMMAND_MS = 21_000;

const after = (cursor: string | undefined) => (cursor === undefined ? '' : `&cursor=${cursor}`);

export const listSales = (cursor?: string) => ask<Answer<'GET /api/admin/sales'>>(`/sales?limit=100${after(cursor)}`);
export const readSale = (saleId: string) => ask<AdminSale>(`/sales/${saleId}`);
export const createSale = (sale: NewSale) => ask<AdminSale>('/sales', { method: 'POST', body: sale, timeoutMs: COMMAND_MS });
export const commandSale = (saleId: string, command: SaleCommand) =>
  ask<AdminSale>(`/sales/${saleId}/${command}`, { method: 'POST', timeoutMs: COMMAND_MS });
export const auditSale = (saleId: string, following?: Following) => runJob<AuditReport>(`/sales/${saleId}/audit`, following);
/** The audit with what differs, and what a repair would do. */
export const explainAudit = (saleId: string, following?: Following) =>
  runJob<ExplainedAudit>(`/sales/${saleId}/audit`, { ...following, waitSeconds: 0 });
export const reportSale = (saleId: string, following?: Following) => runJob<SaleReport>(`/sales/${saleId}/report`, following);
export const repairSale = (saleId: string, following?: Following) =>
  runJob<RepairReport>(`/sales/${saleId}/repairs`, { ...following, method: 'POST' });
export const listDeadLetters = (cursor?: string) =>
  ask<Answer<'GET /api/admin/dead-letters'>>(`/dead-letters?limit=50${after(cursor)}`);

export const listPaymentProviders = () => ask<Answer<'GET /api/admin/payment-providers'>>('/payment-providers');
export const listOrders = (userId: string, cursor?: string) =>
  ask<Answer<'GET /api/admin/orders'>>(`/orders?userId=${encodeURIComponent(userId)}&limit=50${after(cursor)}`);
/** `query`: what to look for, as of the API. */
export const searchOrders = (query: string, cursor?: string) =>
  ask<Answer<'GET /api/admin/orders'>>(`/orders?${query}&limit=50${after(cursor)}`);
export const readOrder = (orderId: string) => ask<AdminOrder>(`/orders/${orderId}`);
export const listRefusedRefunds = (cursor?: string) =>
  ask<Answer<'GET /api/admin/refused-refunds'>>(`/refused-refunds?limit=50${after(cursor)}`);

/** Under the same idempotency key money goes back once, however often it is sent. */
export const refundOrder = (orderId: string, wish: RefundWish, idempotencyKey: string) =>
  ask<AdminOrder>(`/orders/${orderId}/refund`, { method: 'POST', body: wish, idempotencyKey, timeoutMs: COMMAND_MS });
export const retryRefund = (orderId: string, refundId: string) =>
  ask<AdminOrder>(`/orders/${orderId}/refunds/${refundId}/retry`, { method: 'POST', timeoutMs: COMMAND_MS });
export type SagaCommand = 'retry' | 'skip' | 'compensate';
/** `step`: the present one, as the operator saw it. */
export const commandSaga = (orderId: string, command: SagaCommand, step?: string) =>
  ask<AdminOrder>(`/orders/${orderId}/saga/${command}`, {
    method: 'POST',
    ...(command === 'skip' ? { body: { step } } : {}),
    timeoutMs: COMMAND_MS,
  });
export const listStuckSagas = (cursor?: string) =>
  ask<Answer<'GET /api/admin/stuck-sagas'>>(`/stuck-sagas?limit=50${after(cursor)}`);
/** A refused refund of which the buyer got the money another way. The first note stays. */
export const settleRefund = (orderId: string, refundId: string, note: string) =>
  ask<AdminOrder>(`/orders/${orderId}/refunds/${refundId}/settled`, { method: 'POST', body: { note }, timeoutMs: COMMAND_MS });

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
