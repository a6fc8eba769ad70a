import { check, sleep } from 'k6';
import { booksBalance } from './answers.ts';
import { audit, closeSale, type Sale, saleInOverview } from './operator.ts';

/** Waits until no order awaits its payment, then compares the books. For `teardown`. */
export function checkBooks({ saleId, stock }: Sale, settleWithinSeconds: number): void {
  let seen = saleInOverview(saleId);
  for (let waited = 0; waited < settleWithinSeconds && !isAtRest(seen); waited += 0.5) {
    sleep(0.5);
    seen = saleInOverview(saleId);
  }
  let found = audit(saleId);
  for (let tries = 0; tries < 10 && !found.holds; tries += 1) {
    sleep(1);
    found = audit(saleId);
  }
  const { orders, left } = saleInOverview(saleId) ?? { orders: undefined, left: -1 };
  const live = (orders?.pendingPayment ?? 0) + (orders?.paid ?? 0);
  console.log(`Orders ${JSON.stringify(orders)}, ${left} of ${stock} units left.`);
  for (const { name, holds, detail } of found.checks) if (!holds) console.error(`✗ ${name}: ${detail}`);
  const balanced = check(undefined, {
    'the audit holds': () => found.holds,
    'live orders and units left make the stock': () => live + left === stock,
  });
  booksBalance.add(balanced);
  closeSale(saleId);
}

function isAtRest(seen: ReturnType<typeof saleInOverview>): boolean {
  return seen !== undefined && seen.outbox === 0 && seen.orders.pendingPayment === 0;
}
