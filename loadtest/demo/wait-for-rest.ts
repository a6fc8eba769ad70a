import type { AuditReport, Overview } from 'seckill-core';
import type { AdminApi } from 'simulation';

export type SaleOverview = Overview['sales'][number];

const LOOK_EVERY_MS = 250;
/** Messages may still be between two parts when the last order has settled. */
const AUDIT_WITHIN_MS = 10_000;

/** Waits until no order of the sale waits for its payment and nothing is under way; answers what it saw last. */
export async function waitForRest(admin: AdminApi, saleId: string, withinMs: number): Promise<SaleOverview> {
  const until = performance.now() + withinMs;
  for (;;) {
    const sale = (await admin.overview()).sales.find((each) => each.saleId === saleId);
    if (sale === undefined) throw new Error(`The overview (GET /api/admin/overview) does not list the sale ${saleId}.`);
    if ((sale.outbox === 0 && sale.orders.pendingPayment === 0) || performance.now() > until) return sale;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** The audit, asked again for some seconds where it does not hold yet. */
export async function auditAtRest(admin: AdminApi, saleId: string): Promise<AuditReport> {
  const until = performance.now() + AUDIT_WITHIN_MS;
  for (;;) {
    const audit = await admin.audit(saleId);
    if (audit.holds || performance.now() > until) return audit;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS * 2));
  }
}

/** Waits until the sale has so many orders, whatever has become of them; answers how many there are. */
export async function waitForOrders(admin: AdminApi, saleId: string, count: number, withinMs: number): Promise<number> {
  const until = performance.now() + withinMs;
  for (;;) {
    const orders = (await admin.overview()).sales.find((each) => each.saleId === saleId)?.orders;
    const made = orders === undefined ? 0 : orders.pendingPayment + orders.paid + orders.cancelled + orders.refunded;
    if (made >= count || performance.now() > until) return made;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
