import { sleep } from 'k6';
import http, { type ResponseBody } from 'k6/http';
import type { RiskRulesView } from '../../../seckill-core/src/calls/risk-calls.ts';
import { saleDraft } from '../../simulation/sale-draft.ts';
import { adminToken, firstGateway } from './settings.ts';

const params = {
  headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
  tags: { name: 'operator' },
};

export interface Sale {
  saleId: string;
  itemId: string;
  stock: number;
  /** ms since 1970. */
  startsAt: number;
}

export interface SaleToOpen {
  title: string;
  stock: number;
  startsInSeconds: number;
  payTimeoutSeconds: number;
  ratePerSecond: number;
  burst: number;
}

export function openSale({ title, stock, startsInSeconds, payTimeoutSeconds, ratePerSecond, burst }: SaleToOpen): Sale {
  const draft = saleDraft({
    title: `k6 ${title}`,
    startsInMs: startsInSeconds * 1000,
    lastsMs: 24 * 3600 * 1000,
    payTimeoutSeconds,
    tokenLeadSeconds: 86_400,
    rateLimit: { ratePerSecond, burst },
    stock,
  });
  const { saleId, items } = post('/api/admin/sales', draft) as { saleId: string; items: { itemId: string }[] };
  post(`/api/admin/sales/${saleId}/publish`);
  return { saleId, itemId: items[0]?.itemId ?? '', stock, startsAt: Date.parse(draft.startsAt) };
}

export function closeSale(saleId: string): void {
  post(`/api/admin/sales/${saleId}/close`);
}

export interface Orders {
  pendingPayment: number;
  paid: number;
  cancelled: number;
  refunded: number;
  rejected: number;
}

export function saleInOverview(saleId: string): { left: number; outbox: number; orders: Orders } | undefined {
  const { sales } = get('/api/admin/overview') as { sales: { saleId: string; left: number; outbox: number; orders: Orders }[] };
  return sales.find((sale) => sale.saleId === saleId);
}

export interface Audit {
  holds: boolean;
  stockLeft: number;
  checks: { name: string; holds: boolean; detail: string }[];
}

/** An audit that takes longer than the platform waits is a job. */
export function audit(saleId: string): Audit {
  const answer = get(`/api/admin/sales/${saleId}/audit`) as Audit | Job;
  if (!('jobId' in answer)) return answer;
  for (let tries = 1; tries <= JOB_TRIES; tries += 1) {
    sleep(1);
    const { result, problem } = get(`/api/admin/jobs/${answer.jobId}`) as Job;
    if (result !== undefined) return result;
    if (problem !== undefined) throw new Error(`The audit failed: ${problem.detail}`);
  }
  throw new Error(`The audit did not end within ${JOB_TRIES} s.`);
}

interface Job {
  jobId: string;
  result?: Audit;
  problem?: { detail: string };
}

const JOB_TRIES = 300;

const TRIES = 20;

/** During the rush a busy worker may reply too late. The gateway then answers UNAVAILABLE, and a retry is correct. */
function call(send: () => { status: number; body: ResponseBody | null }, what: string): unknown {
  for (let tries = 1; ; tries += 1) {
    const { status, body } = send();
    if (status >= 200 && status < 300) return JSON.parse(String(body));
    if (status !== 503 || tries === TRIES) throw new Error(`${what} was answered ${status}: ${body}`);
    sleep(0.5);
  }
}

export const readRules = (): RiskRulesView => get('/api/admin/risk/rules') as RiskRulesView;

/** Fails if an operator has changed the rules since `version`. */
export function writeRules(body: Pick<RiskRulesView, 'version' | 'rules'>): void {
  call(() => http.put(`${firstGateway}/api/admin/risk/rules`, JSON.stringify(body), params), 'PUT /api/admin/risk/rules');
}

const get = (path: string) => call(() => http.get(firstGateway + path, params), `GET ${path}`);

function post(path: string, body?: object): unknown {
  const text = body === undefined ? null : JSON.stringify(body);
  const headers = body === undefined ? { authorization: params.headers.authorization } : params.headers;
  return call(() => http.post(firstGateway + path, text, { ...params, headers }), `POST ${path}`);
}
