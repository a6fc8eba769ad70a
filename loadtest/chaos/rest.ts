import { setTimeout as pause } from 'node:timers/promises';
import type { AuditReport, Overview } from 'seckill-core';
import type { Operator } from 'simulation';

export interface Rest {
  /** Time from the call until everything had settled; undefined if that did not happen in time. */
  ms: number | undefined;
  audit: AuditReport | undefined;
  /** Why it is not at rest yet. */
  waitingFor: string;
  orders: Overview['sales'][number]['orders'] | undefined;
  /** Units that can be won. */
  left: number;
}

/**
 * Waits until a sale has settled: no outbox and no queue has entries, no order awaits its payment, and the audit holds. `unsettledMoney` says what
 * else has yet to end.
 */
export async function waitForRest(
  operator: Operator,
  saleId: string,
  withinMs: number,
  unsettledMoney: () => Promise<string> = async () => '',
): Promise<Rest> {
  const from = Date.now();
  const rest: Rest = { ms: undefined, audit: undefined, waitingFor: 'the first look', orders: undefined, left: 0 };
  while (Date.now() - from < withinMs) {
    try {
      const overview = await operator.overview(5_000);
      const sale = overview.sales.find((each) => each.saleId === saleId);
      rest.orders = sale?.orders;
      rest.left = sale?.left ?? 0;
      rest.waitingFor = unsettled(overview, sale) || (await unsettledMoney());
      if (rest.waitingFor === '') {
        rest.audit = await operator.audit(saleId, 10_000);
        if (rest.audit.holds) return { ...rest, ms: Date.now() - from };
        rest.waitingFor = rest.audit.checks
          .filter((check) => !check.holds)
          .map((check) => `${check.name}: ${check.detail}`)
          .join('; ');
      }
    } catch (error) {
      rest.waitingFor = (error as Error).message;
    }
    await pause(250);
  }
  return rest;
}

function unsettled(overview: Overview, sale: Overview['sales'][number] | undefined): string {
  if (sale === undefined) return 'the overview to list the sale';
  if (sale.left < 0) return 'the stock to be known again';
  if (sale.outbox > 0) return `${sale.outbox} reservations in the outbox`;
  const queue = overview.queues.find(({ stream, waiting, inHand }) => stream === 'SECKILL_RESERVATIONS' && waiting + inHand > 0);
  if (queue !== undefined) return `${queue.waiting + queue.inHand} reservations in the queue`;
  if (sale.orders.pendingPayment > 0) return `${sale.orders.pendingPayment} orders that wait for their payment`;
  return '';
}
