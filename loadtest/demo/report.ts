import type { AuditReport } from 'seckill-core';
import type { Tally } from 'simulation';
import type { OrderCounts } from './checks/outside-checks.ts';
import type { Populations } from './hostile.ts';

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
  /** Only with `--hostile`: what honest buyers and the farm got, and whom the rules held back. */
  populations?: Populations;
  /** Only with a waiting room. */
  queue?: RoomReport;
  audit: Omit<AuditReport, 'saleId'>;
}

interface RoomReport {
  admission: 'queue' | 'draw';
  joined: number;
  /** Turns that came, and how many of them were not taken up in time. */
  served: number;
  missed: number;
  rejoined: number;
  /** Looks of new pages, which have to find the same ticket. */
  reloads: number;
  /** People who were too late for a draw. */
  closedOut: number;
}

export interface Outcome {
  saleId: string;
  buyers: number;
  stock: number;
  admission: 'open' | 'queue' | 'draw';
  tally: Tally;
  orders: OrderCounts;
  settledMs: number;
  /** Paid orders that were refunded because the warehouse refused them. */
  refusedByWarehouse: number;
  populations: Populations | undefined;
  audit: Omit<AuditReport, 'saleId'>;
}

export function makeReport({
  saleId,
  buyers,
  stock,
  admission,
  tally,
  orders,
  settledMs,
  populations,
  audit,
}: Outcome): DemoReport {
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
    ...(populations && { populations }),
    ...(admission === 'open' ? {} : { queue: roomReport(admission, tally) }),
    audit,
  };
}

function roomReport(admission: RoomReport['admission'], { room }: Tally): RoomReport {
  const { joined, turns, missed, rejoined, reloads, closedOut } = room;
  return { admission, joined, served: turns, missed, rejoined, reloads, closedOut };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
