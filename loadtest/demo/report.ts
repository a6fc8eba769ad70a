import type { AuditReport } from 'seckill-core';
import type { Tally } from 'simulation';
import type { OrderCounts } from './checks/outside-checks.ts';

/** What `--json` writes. */
export interface DemoReport {
  saleId: string;
  buyers: number;
  stock: number;
  /** From the opening until every order was settled. */
  seconds: number;
  /** Answers to `POST /api/reservations`, by code. */
  answers: Record<string, number>;
  /** Each in its last state: `created` is the sum of the others at the end of a sale. */
  orders: { created: number; paid: number; cancelled: number; refunded: number };
  /** Latencies of the answers to `POST /api/reservations`. */
  latencyMs: { p50: number; p95: number; p99: number };
  audit: Omit<AuditReport, 'saleId'>;
}

export interface Outcome {
  saleId: string;
  buyers: number;
  stock: number;
  tally: Tally;
  orders: OrderCounts;
  settledMs: number;
  /** Paid orders that were refunded because the warehouse refused them. */
  refusedByWarehouse: number;
  audit: Omit<AuditReport, 'saleId'>;
}

export function makeReport({ saleId, buyers, stock, tally, orders, settledMs, audit }: Outcome): DemoReport {
  const { pendingPayment, paid, cancelled, refunded } = orders;
  const { all } = tally.answers;
  return {
    saleId,
    buyers,
    stock,
    seconds: rounded(settledMs / 1000),
    answers: Object.fromEntries([...tally.answers].map(([code, latencies]) => [code, latencies.count])),
    orders: { created: pendingPayment + paid + cancelled + refunded, paid, cancelled, refunded },
    latencyMs: { p50: rounded(all.percentile(50)), p95: rounded(all.percentile(95)), p99: rounded(all.percentile(99)) },
    audit,
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
