import type { AuditReport, Overview } from 'seckill-core';
import type { Operator } from 'simulation';

export type SaleOverview = Overview['sales'][number];

const EVERY_MS = 250;
/** Messages may still be between two parts when the last order has settled. */
const AUDIT_WITHIN_MS = 10_000;

/** Waits until the outbox is empty and no order of the sale awaits its payment. Resolves with the last state seen. */
export function waitForRest(operator: Operator, saleId: string, withinMs: number): Promise<SaleOverview> {
  const isAtRest = ({ outbox, orders }: SaleOverview) => outbox === 0 && orders.pendingPayment === 0;
  return poll(() => listedSale(operator, saleId), isAtRest, withinMs);
}

/** The audit, repeated for some seconds if it does not hold yet. */
export function auditAtRest(operator: Operator, saleId: string): Promise<AuditReport> {
  return poll(
    () => operator.audit(saleId),
    ({ holds }) => holds,
    AUDIT_WITHIN_MS,
  );
}

/** Waits until the sale has `count` orders in any state. Resolves with their number, which is smaller if the time ran out. */
export async function waitForOrders(operator: Operator, saleId: string, count: number, withinMs: number): Promise<number> {
  const ordersOf = ({ orders }: SaleOverview) => orders.pendingPayment + orders.paid + orders.cancelled + orders.refunded;
  return ordersOf(
    await poll(
      () => listedSale(operator, saleId),
      (sale) => ordersOf(sale) >= count,
      withinMs,
    ),
  );
}

async function listedSale(operator: Operator, saleId: string): Promise<SaleOverview> {
  const sale = await operator.saleInOverview(saleId);
  if (sale === undefined) throw new Error(`The overview (GET /api/admin/overview) does not list the sale ${saleId}.`);
  return sale;
}

/** Resolves with the first state that is enough, or with the last state seen when the time is over. */
async function poll<Seen>(look: () => Promise<Seen>, isEnough: (seen: Seen) => boolean, withinMs: number): Promise<Seen> {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isEnough(seen) || performance.now() > until) return seen;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
