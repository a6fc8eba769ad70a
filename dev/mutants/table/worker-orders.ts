import type { Mutant } from '../mutant.ts';

const afterCommit = 'order-worker/src/orders/after-commit.ts';
const cancelByBuyer = 'order-worker/src/orders/cancel-by-buyer.ts';
const cancelOrders = 'order-worker/src/orders/cancel-orders.ts';
const consumeReservations = 'order-worker/src/orders/consume-reservations.ts';
const findAnnounced = 'order-worker/src/orders/find-announced.ts';
const createOrders = 'order-worker/src/orders/create-orders.ts';
const cancelUnpaid = 'order-worker/src/orders/deadlines/cancel-unpaid.ts';
const publishDeadlines = 'order-worker/src/orders/publish-deadlines.ts';
const consumePayments = 'order-worker/src/payments/consume-payments.ts';
const decidePayment = 'order-worker/src/payments/decide-payment.ts';
const announceRefunds = 'order-worker/src/payments/refunds/announce-refunds.ts';
const claimRefunds = 'order-worker/src/payments/refunds/claim-refunds.sql';
const refundSender = 'order-worker/src/payments/refunds/refund-sender.ts';
const settleRefunds = 'order-worker/src/payments/refunds/settle-refunds.ts';
const settlePayments = 'order-worker/src/payments/settle-payments.ts';
const repairBooksTest = 'order-worker/test/audit/repair-books.test.ts';
const cancelPathTest = 'order-worker/test/crash/cancel-path.test.ts';
const orderPathTest = 'order-worker/test/crash/order-path.test.ts';
const paymentPathTest = 'order-worker/test/crash/payment-path.test.ts';
const cancelUnpaidTest = 'order-worker/test/orders/cancel-unpaid.test.ts';
const createOrdersTest = 'order-worker/test/orders/create-orders.test.ts';
const exactlyOnceTest = 'order-worker/test/listeners/exactly-once.test.ts';
const findAnnouncedTest = 'order-worker/test/orders/find-announced.test.ts';
const paymentsTest = 'order-worker/test/payments/payments.test.ts';
const operatorRefundsTest = 'order-worker/test/payments/operator-refunds.test.ts';
const refundsTest = 'order-worker/test/payments/refunds.test.ts';

/** Faults in what makes, cancels and pays orders. */
export const WORKER_ORDERS: readonly Mutant[] = [
  {
    name: 'a rebuild overlooks winners with priority',
    invariant: 2,
    file: 'order-worker/src/stock/waiting-reservations.ts',
    find: 'ORDER_LANES.map((lane) => readLane',
    replace: "ORDER_LANES.filter(({ kind }) => kind !== 'priority').map((lane) => readLane",
    killer: {
      file: 'order-worker/test/orders/order-lanes.test.ts',
      test: 'count as waiting until they have an order: a rebuild finds those of both lanes',
    },
  },
  {
    name: 'a batch is acknowledged before what follows its commit',
    invariant: 2,
    file: consumeReservations,
    find: "await Promise.all([\n    announce(parts, 'created', orders, { redelivered }),",
    replace: "void Promise.all([\n    announce(parts, 'created', orders, { redelivered }),",
    killer: { file: createOrdersTest, test: 'whose worker died after the commit is finished by its redelivery' },
  },
  {
    name: 'a free order is never announced as paid',
    invariant: 9,
    file: consumeReservations,
    find: "await announce(parts, 'paid', free, { redelivered });",
    replace: '',
    killer: {
      file: createOrdersTest,
      test: 'is paid as it is created, with both events and without a deadline, and a redelivery changes nothing',
    },
  },
  {
    name: 'a new order gets no payment deadline',
    invariant: 6,
    file: afterCommit,
    find: "if (event === 'created') await publishDeadlines(parts, moving.filter(hasDeadline));",
    replace: '',
    killer: { file: cancelUnpaidTest, test: 'is cancelled soon after payBy, its units return once, and its buyer may buy again' },
  },
  {
    name: 'Redis moves before the event is stored',
    invariant: 2,
    file: afterCommit,
    find: '  await Promise.all([publishOrderEvents(parts, event, fresh),',
    replace: '  await moveReservations(parts, to, moving);\n  await Promise.all([publishOrderEvents(parts, event, fresh),',
    killer: { file: orderPathTest, test: 'a winner becomes an order' },
  },
  {
    name: 'an order that exists already is announced as new',
    invariant: 3,
    file: createOrders,
    find: 'fresh: row.fresh,',
    replace: 'fresh: true,',
    killer: { file: createOrdersTest, test: 'that is delivered twice makes each order and each event once' },
  },
  {
    name: 'a repeated event is not marked as one',
    invariant: 2,
    file: afterCommit,
    find: '{ repeat: true }',
    replace: '{ repeat: false }',
    killer: {
      file: exactlyOnceTest,
      test: 'if a worker that is only slow publishes after another one has finished its batch',
    },
  },
  {
    name: 'an event counts as stored because a rebuild has moved its reservation',
    invariant: 2,
    file: findAnnounced,
    find: 'return moved.filter((order) => changedAt(event, order) >= since);',
    replace: 'return moved;',
    killer: { file: findAnnouncedTest, test: 'a rebuilt item proves nothing of what happened before' },
  },
  {
    name: 'a deadline names a minute too much',
    invariant: 6,
    file: publishDeadlines,
    find: 'dueAt: Math.ceil(payBy)',
    replace: 'dueAt: Math.ceil(payBy) + 60_000',
    killer: { file: cancelUnpaidTest, test: 'is cancelled soon after payBy, its units return once, and its buyer may buy again' },
  },
  {
    name: 'a deadline that comes early is lost',
    invariant: 6,
    file: cancelUnpaid,
    find: 'if (longest > 0) delivery.delay(longest);',
    replace: '',
    killer: { file: cancelUnpaidTest, test: 'is not cancelled before payBy by a worker whose clock is an hour ahead' },
  },
  {
    name: 'a cancel that a dying worker left is forgotten',
    invariant: 6,
    file: cancelByBuyer,
    find: '  await rememberToFinish(parts, ids);\n',
    replace: '',
    killer: { file: cancelUnpaidTest, test: 'that a dying worker left unfinished is finished by another one' },
  },
  {
    name: 'a repeated payment is decided again',
    invariant: 9,
    file: decidePayment,
    find: "if (received) return { kind: 'nothing' };",
    replace: '',
    killer: { file: paymentsTest, test: 'reported twice changes nothing the second time' },
  },
  {
    name: 'money after the cancel is kept',
    invariant: 9,
    file: decidePayment,
    find: "if (order.status === 'CANCELLED') return { kind: 'refund', reason: 'order-cancelled' };",
    replace: "if (order.status === 'CANCELLED') return { kind: 'failed' };",
    killer: { file: paymentsTest, test: 'after the cancel is refunded, and the order is REFUNDED' },
  },
  {
    name: 'a wrong amount pays an order',
    invariant: 9,
    file: decidePayment,
    find: "if (!exact) return { kind: 'refund', reason: 'wrong-amount' };",
    replace: 'void exact;',
    killer: {
      file: paymentsTest,
      test: 'for an order that is already paid, or with another amount, is refunded, and the order stays',
    },
  },
  {
    name: 'a second payment of an order is kept',
    invariant: 9,
    file: decidePayment,
    find: "return { kind: 'refund', reason: order.status === 'PAID' ? 'already-paid' : 'order-cancelled' };",
    replace: "return { kind: 'nothing' };",
    killer: {
      file: paymentsTest,
      test: 'for an order that is already paid, or with another amount, is refunded, and the order stays',
    },
  },
  {
    name: 'a payment is acknowledged before what follows its commit',
    invariant: 9,
    file: consumePayments,
    find: "await announce(parts, 'paid', committed(settled), { redelivered });",
    replace: "void announce(parts, 'paid', committed(settled), { redelivered }).catch(() => undefined);",
    killer: { file: paymentPathTest, test: 'a payment in time' },
  },
  {
    name: 'a refund counts as done while the provider has yet to decide',
    invariant: 9,
    file: refundSender,
    find: "if (standing.state === 'pending') return",
    replace: 'if (false) return',
    killer: {
      file: refundsTest,
      test: 'an order is REFUNDED only once the provider has given the money back; until then its buyer sees that it is under way',
    },
  },
  {
    name: 'a refused refund counts as done',
    invariant: 9,
    file: settleRefunds,
    find: "'DONE' : 'REFUSED'",
    replace: "'DONE' : 'DONE'",
    killer: {
      file: refundsTest,
      test: 'a refund that the provider refuses ends there: the operator sees why, the buyer too, and no other one waits',
    },
  },
  {
    name: 'an operator gives back more than was paid',
    invariant: 9,
    file: 'order-worker/src/payments/refunds/refund-order.ts',
    find: ' || (amountCents ?? 0) > left)',
    replace: ')',
    killer: {
      file: operatorRefundsTest,
      test: 'no more goes back than was paid, once for each request, whatever operators do at the same moment',
    },
  },
  {
    name: 'a refund leaves the units in the stock that do not return',
    invariant: 4,
    file: 'prisma/migrations/20261129151000_settled_outside/migration.sql',
    find: 'ELSE of_order.quantity',
    replace: 'ELSE 0',
    killer: { file: operatorRefundsTest, test: 'if the units do not return, the stock shrinks by as many' },
  },
  {
    name: 'the pauses between the tries of a refund never grow',
    file: 'order-worker/src/servers/growing-pause.ts',
    find: 'firstMs * 2 ** Math.min(failures - 1, 20)',
    replace: 'firstMs',
    killer: {
      file: refundsTest,
      test: 'a refund that the provider could not be asked for is sent when it is back, with pauses that grow, and under the same id',
    },
  },
  {
    name: 'a rejection is not announced',
    invariant: 2,
    file: consumeReservations,
    find: "\n    announce(parts, 'rejected', rejections, { redelivered }),",
    replace: '',
    killer: { file: orderPathTest, test: 'a winner beyond the true stock is refused' },
  },
  {
    name: 'a deadline is acknowledged before what follows its commit',
    invariant: 6,
    file: cancelOrders,
    find: '  await announce(',
    replace: '  void announce(',
    killer: { file: cancelPathTest, test: 'an unpaid order is cancelled' },
  },
  {
    name: 'a repeated cancel finishes nothing',
    invariant: 6,
    file: cancelOrders,
    find: "orders.filter((order) => order.status === 'CANCELLED')",
    replace: 'orders.filter((order) => order.fresh)',
    killer: { file: cancelPathTest, test: 'a buyer cancels, and repeats the request when no answer comes' },
  },
  {
    name: 'a refund is acknowledged before what follows its commit',
    invariant: 9,
    file: announceRefunds,
    find: "await announce(parts, 'refunded',",
    replace: "void announce(parts, 'refunded',",
    killer: { file: paymentPathTest, test: 'the provider has done a refund' },
  },
  {
    name: 'a refund that a crash left as sent is never sent',
    invariant: 9,
    file: claimRefunds,
    find: "WHERE d.state IN ('DECIDED', 'SENT', 'PENDING')",
    replace: "WHERE d.state IN ('DECIDED', 'PENDING')",
    killer: { file: paymentPathTest, test: 'a refund is sent' },
  },
  {
    name: 'a provider that hangs takes the places of the others',
    invariant: 9,
    file: claimRefunds,
    find: "CASE WHEN paid.provider = ANY ($1::text[]) THEN paid.provider ELSE '' END",
    replace: '($2::text[])[1]',
    killer: { file: refundsTest, test: 'a provider that hangs with many refunds delays none of another provider' },
  },
  {
    name: 'Redis never shows a payment',
    invariant: 9,
    file: consumePayments,
    find: 'committed(settled),',
    replace: '[],',
    killer: { file: paymentsTest, test: 'in time makes the order PAID, everywhere' },
  },
  {
    name: 'the repair of forgotten money forgets it again',
    invariant: 9,
    file: settlePayments,
    find: 'if (forgotten) reopenForgotten(orders, payments);',
    replace: 'void forgotten;',
    killer: {
      file: repairBooksTest,
      test: 'money that was received and then forgotten pays its order or is refunded, and the order changes everywhere',
    },
  },
  {
    name: 'a worker that has heard of no page yet pushes nothing',
    file: 'order-worker/src/orders/open-pages.ts',
    find: '    if (this.#doubt !== undefined) return true;\n',
    replace: '',
    killer: {
      file: 'order-worker/test/orders/open-pages.test.ts',
      test: 'may be open until the gateways have been asked, and again if announcements may have been lost since',
    },
  },
  {
    name: 'a worker that lost its connection asks for no pages',
    file: 'order-worker/src/orders/open-pages.ts',
    find: "else if (type === 'reconnect') void this.#ask(nc);",
    replace: '',
    killer: {
      file: 'order-worker/test/orders/open-pages.test.ts',
      test: 'that lost its connection to NATS takes every page for open, until it has asked again',
    },
  },
];
