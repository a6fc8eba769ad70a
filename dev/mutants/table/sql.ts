import type { Mutant } from '../mutant.ts';

const saleThroughNginxTest = 'deploy/test/sale-through-nginx.test.ts';
const money = 'order-worker/src/audit/checks/money/money.sql';
const lostInTime = 'order-worker/src/audit/checks/paid-in-time/lost-in-time.sql';
const overdueOfSale = 'order-worker/src/audit/checks/overdue/overdue-of-sale.sql';
const correctSold = 'order-worker/src/audit/checks/sold/correct-sold.sql';
const books = 'order-worker/src/audit/evidence/books.sql';
const createOrders = 'order-worker/src/orders/create-orders.sql';
const overdueOrders = 'order-worker/src/orders/deadlines/overdue-orders.sql';
const lockItems = 'order-worker/src/orders/lock-items.sql';
const rejectReservation = 'order-worker/src/orders/reject-reservation.sql';
const settlePayments = 'order-worker/src/payments/settle-payments.sql';
const auditSaleTest = 'order-worker/test/audit/audit-sale.test.ts';
const repairBooksTest = 'order-worker/test/audit/repair-books.test.ts';
const repairsWhileMovingTest = 'order-worker/test/audit/repairs-while-moving.test.ts';
const deadLettersTest = 'order-worker/test/dead-letters/dead-letters.test.ts';
const cancelUnpaidTest = 'order-worker/test/orders/cancel-unpaid.test.ts';
const createOrdersTest = 'order-worker/test/orders/create-orders.test.ts';
const withoutTheLockTest = 'order-worker/test/orders/without-the-lock.test.ts';
const payOrCancelTest = 'order-worker/test/payments/pay-or-cancel.test.ts';
const paymentsTest = 'order-worker/test/payments/payments.test.ts';
const firstMigration = 'prisma/migrations/20261121000000_initial/migration.sql';
const plainOrders = 'prisma/migrations/20261129142000_free_orders/migration.sql';
const cancelOrders = 'prisma/migrations/20261129140000_checkouts/migration.sql';

/** Faults in the statements that PostgreSQL runs. */
export const SQL: readonly Mutant[] = [
  {
    name: 'orders are made beyond the stock',
    invariant: 1,
    file: createOrders,
    find: '<= l.units_left AS in_stock',
    replace: 'IS NOT NULL AS in_stock',
    killer: { file: createOrdersTest, test: 'the first in the stream get the stock, the rest are rejected and notified' },
  },
  {
    name: 'the sold column does not count orders',
    invariant: 1,
    file: createOrders,
    find: 'SET sold = i.sold + made.units',
    replace: 'SET sold = i.sold',
    killer: { file: createOrdersTest, test: 'the first in the stream get the stock, the rest are rejected and notified' },
  },
  {
    name: 'no constraint refuses a sold column beyond the stock',
    invariant: 1,
    file: firstMigration,
    find: 'CHECK ("sold" BETWEEN 0 AND "stock")',
    replace: 'CHECK ("sold" >= 0)',
    killer: { file: withoutTheLockTest, test: 'the check on sold refuses the second winner of the last unit, with the order' },
  },
  {
    name: 'orders of one user are not held against the limit',
    invariant: 5,
    file: createOrders,
    find: "o.status IN ('PENDING_PAYMENT', 'PAID')",
    replace: "o.status IN ('PAID')",
    killer: { file: createOrdersTest, test: 'holds if two workers create orders of one user at the same moment' },
  },
  {
    name: 'the limit does not apply to orders',
    invariant: 5,
    file: createOrders,
    find: '<= f.limit_per_user AS in_limit',
    replace: 'IS NOT NULL AS in_limit',
    killer: { file: createOrdersTest, test: 'holds in the database too, over several messages and batches' },
  },
  {
    name: 'the items of a batch are not locked',
    invariant: 5,
    file: lockItems,
    find: ' ORDER BY id FOR NO KEY UPDATE',
    replace: '',
    killer: { file: createOrdersTest, test: 'holds at the same moment for a batch that has to be judged' },
  },
  {
    name: 'a plain batch is not held against the limit',
    invariant: 5,
    file: plainOrders,
    find: 'WHERE held.units > i.limit_per_user',
    replace: 'WHERE false',
    killer: { file: createOrdersTest, test: 'holds in the database too, over several messages and batches' },
  },
  {
    // The users are chosen in the snapshot of the statement that waits for the item.
    name: 'a plain batch is not held against orders that were committed while it waited for the item',
    invariant: 5,
    file: plainOrders,
    find: '  INTO made, item_terms',
    replace: '    , ARRAY(SELECT o.user_id FROM orders o WHERE o.user_id = ANY (user_ids))\n  INTO made, item_terms, user_ids',
    killer: { file: createOrdersTest, test: 'holds if two workers create orders of one user at the same moment' },
  },
  {
    name: 'a rejected reservation becomes an order in a plain batch',
    invariant: 3,
    file: plainOrders,
    find: '    OR EXISTS (SELECT FROM rejections r WHERE r.reservation_id = ANY (ids))\n',
    replace: '',
    killer: {
      file: createOrdersTest,
      test: 'a rejected winner is rejected again when the message is redelivered, even if there is room now',
    },
  },
  {
    name: 'a rejected reservation becomes an order later',
    invariant: 3,
    file: createOrders,
    find: '    AND NOT EXISTS (SELECT FROM rejections r WHERE r.reservation_id = a.id)\n',
    replace: '',
    killer: {
      file: createOrdersTest,
      test: 'a rejected winner is rejected again when the message is redelivered, even if there is room now',
    },
  },
  {
    name: 'a second order of one reservation is an error',
    invariant: 3,
    file: createOrders,
    find: '  ON CONFLICT (id) DO NOTHING\n',
    replace: '',
    killer: { file: withoutTheLockTest, test: 'the primary key lets one of them make the order, and its unit is counted once' },
  },
  {
    name: 'an order is due at once',
    invariant: 7,
    file: plainOrders,
    find: 'made_at + make_interval(secs => t.pay_timeout_seconds)',
    replace: 'made_at',
    killer: { file: createOrdersTest, test: 'becomes orders, deadlines, events, Redis records and pushes to open pages' },
  },
  {
    name: 'an order is cancelled before it is due',
    invariant: 7,
    file: cancelOrders,
    find: "AND (cancel_reason = 'buyer' OR o.pay_by <= (SELECT now FROM clock))",
    replace: '',
    killer: { file: cancelUnpaidTest, test: 'is not cancelled before payBy by a worker whose clock is an hour ahead' },
  },
  {
    name: 'a cancel overtakes a payment',
    invariant: 6,
    file: cancelOrders,
    find: "AND o.status::text = 'PENDING_PAYMENT'",
    replace: '',
    killer: { file: payOrCancelTest, test: 'each order ends in one state, the money matches, and units return once' },
  },
  {
    name: 'a payment overtakes a cancel',
    invariant: 6,
    file: settlePayments,
    find: 'WHERE (id, version) NOT IN',
    replace: 'WHERE false AND (id, version) NOT IN',
    killer: { file: payOrCancelTest, test: 'each order ends in one state, the money matches, and units return once' },
  },
  {
    name: 'a cancelled order keeps its units in PostgreSQL',
    invariant: 6,
    file: cancelOrders,
    find: 'SET sold = i.sold - locked.units',
    replace: 'SET sold = i.sold',
    killer: { file: cancelUnpaidTest, test: 'is cancelled soon after payBy, its units return once, and its buyer may buy again' },
  },
  {
    name: 'the sweep finds no overdue order',
    invariant: 6,
    file: overdueOrders,
    find: 'pay_by < statement_timestamp()',
    replace: 'pay_by < to_timestamp(0)',
    killer: { file: cancelUnpaidTest, test: 'whose deadline message was lost is found by the sweep' },
  },
  {
    name: 'a reservation with an order is rejected',
    invariant: 3,
    file: rejectReservation,
    find: 'WHERE NOT EXISTS (SELECT FROM orders WHERE id = $1::uuid)',
    replace: 'WHERE true',
    killer: { file: deadLettersTest, test: 'a winner who got the order after all keeps it' },
  },
  {
    name: 'a refund is not recorded',
    invariant: 9,
    file: settlePayments,
    find: 'AS r (payment_id, order_id, amount_cents, currency, reason, version), clock, stale\n  WHERE stale.count = 0',
    replace: 'AS r (payment_id, order_id, amount_cents, currency, reason, version), clock, stale\n  WHERE false',
    killer: { file: paymentsTest, test: 'after the cancel is refunded, and the order is REFUNDED' },
  },
  {
    name: 'the repair of the sold column counts paid orders only',
    invariant: 4,
    file: correctSold,
    find: "status IN ('PENDING_PAYMENT', 'PAID')",
    replace: "status = 'PAID'",
    killer: {
      file: repairsWhileMovingTest,
      test: 'a sold column that is corrected while an order is cancelled counts without that order',
    },
  },
  {
    name: 'the audit sees no early cancel',
    invariant: 7,
    file: books,
    find: "reason = 'unpaid' AND settled_at < pay_by",
    replace: "reason = 'unpaid' AND false",
    killer: {
      file: auditSaleTest,
      test: 'a wrong sold column, an early cancel, a user beyond the limit, an order of another amount, a paid order without money',
    },
  },
  {
    name: 'the audit sees no buyer who paid in time and lost the unit',
    invariant: 7,
    file: lostInTime,
    find: 'p.paid_at <= o.pay_by',
    replace: 'false',
    killer: { file: auditSaleTest, test: 'a buyer who paid before payBy and lost the unit, and no other whose money went back' },
  },
  {
    name: 'the audit sees no user beyond the limit',
    invariant: 5,
    file: books,
    find: 'HAVING sum(quantity) > i.limit_per_user',
    replace: 'HAVING false',
    killer: {
      file: auditSaleTest,
      test: 'a wrong sold column, an early cancel, a user beyond the limit, an order of another amount, a paid order without money',
    },
  },
  {
    name: 'the audit sees no paid order without money',
    invariant: 9,
    file: money,
    find: "WHERE (status = 'PAID' AND (due OR succeeded > 0)) <> (succeeded = 1) OR succeeded > 1",
    replace: 'WHERE false',
    killer: {
      file: auditSaleTest,
      test: 'a wrong sold column, an early cancel, a user beyond the limit, an order of another amount, a paid order without money',
    },
  },
  {
    name: 'a batch forgets which units it has given',
    invariant: 1,
    file: createOrders,
    find: 'sum(CASE WHEN l.in_limit THEN l.quantity ELSE 0 END)',
    replace: 'sum(0)',
    killer: {
      file: createOrdersTest,
      test: 'make one order for each winner and never more than the stock, whatever is delivered twice',
    },
  },
  {
    name: 'a sale ends with a wrong sold column',
    invariant: 1,
    file: plainOrders,
    find: 'i.sold + l.units',
    replace: 'i.sold',
    killer: {
      file: saleThroughNginxTest,
      test: 'one gateway is killed in the middle: every unit is won once, every winner has an order, the audit holds',
    },
  },
  {
    name: 'an early message cancels an order',
    invariant: 7,
    file: cancelOrders,
    find: 'o.pay_by <= (SELECT now FROM clock))',
    replace: 'true)',
    killer: { file: cancelUnpaidTest, test: 'a deadline that comes too early cancels nothing and is delayed' },
  },
  {
    name: 'the repair finds no overdue order',
    invariant: 4,
    file: overdueOfSale,
    find: 'pay_by <',
    replace: 'pay_by >',
    killer: {
      file: repairBooksTest,
      test: 'without a worker, the repair cancels overdue orders, corrects the sold column, and publishes what is stuck in the outbox',
    },
  },
];
