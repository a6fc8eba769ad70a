import type { Mutant } from '../mutant.ts';

const oversold = 'order-worker/src/audit/checks/oversold/oversold.ts';
const runListener = 'order-worker/src/listeners/runner/run-listener.ts';
const afterCommit = 'order-worker/src/orders/after-commit.ts';
const cancelByBuyer = 'order-worker/src/orders/cancel-by-buyer.ts';
const consumeReservations = 'order-worker/src/orders/consume-reservations.ts';
const cancelUnpaid = 'order-worker/src/orders/deadlines/cancel-unpaid.ts';
const publishDeadlines = 'order-worker/src/orders/publish-deadlines.ts';
const consumePayments = 'order-worker/src/payments/consume-payments.ts';
const decidePayment = 'order-worker/src/payments/decide-payment.ts';
const sendRefunds = 'order-worker/src/payments/send-refunds.ts';
const leadership = 'order-worker/src/servers/leadership.ts';
const guardStock = 'order-worker/src/stock/guard-stock.ts';
const rebuildItem = 'order-worker/src/stock/rebuild-item.ts';
const relayOutbox = 'order-worker/src/stock/relay-outbox.ts';
const replayOrders = 'order-worker/src/stock/replay-orders.ts';
const retireSales = 'order-worker/src/stock/retire-sales.ts';
const auditWatchTest = 'order-worker/test/audit/audit-watch.test.ts';
const noOneRightAnswerTest = 'order-worker/test/audit/no-one-right-answer.test.ts';
const orderPathTest = 'order-worker/test/crash/order-path.test.ts';
const paymentPathTest = 'order-worker/test/crash/payment-path.test.ts';
const exactlyOnceTest = 'order-worker/test/listeners/exactly-once.test.ts';
const cancelUnpaidTest = 'order-worker/test/orders/cancel-unpaid.test.ts';
const createOrdersTest = 'order-worker/test/orders/create-orders.test.ts';
const paymentsTest = 'order-worker/test/payments/payments.test.ts';
const silentPostgresTest = 'order-worker/test/servers/silent-postgres.test.ts';
const rebuildItemTest = 'order-worker/test/stock/rebuild-item.test.ts';
const relayOutboxTest = 'order-worker/test/stock/relay-outbox.test.ts';
const retireSalesTest = 'order-worker/test/stock/retire-sales.test.ts';

/** Faults in the order worker. */
export const WORKER: readonly Mutant[] = [
  {
    name: 'the rebuild ignores winners that wait in the stream',
    invariant: 8,
    file: rebuildItem,
    find: 'await readWaitingReservations(nc, saleId, itemId)',
    replace: '[]',
    killer: { file: rebuildItemTest, test: 'counts the winners that still wait in the stream' },
  },
  {
    name: 'the rebuild takes no lock',
    invariant: 8,
    file: rebuildItem,
    find: 'FROM pg_advisory_xact_lock(',
    replace: 'FROM mod(',
    killer: { file: rebuildItemTest, test: 'many workers open one item once' },
  },
  {
    name: 'the rebuild leaves a win that is in no stream',
    invariant: 2,
    file: rebuildItem,
    find: 'await returnStranded(redis, itemId, waiting)',
    replace: '0',
    killer: {
      file: rebuildItemTest,
      test: 'that holds a win unknown to the stream and the outbox: it returns to the outbox and becomes an order',
    },
  },
  {
    name: 'the rebuild replays no paid orders',
    invariant: 8,
    file: replayOrders,
    find: "of('PAID')",
    replace: 'of()',
    killer: { file: rebuildItemTest, test: 'lets no buyer win until the item is rebuilt, which takes a moment and no operator' },
  },
  {
    name: 'the guard leaves an item that another Redis process has opened',
    invariant: 8,
    file: guardStock,
    find: 'if (itsRunId !== runId) unknown',
    replace: 'if (itsRunId === undefined) unknown',
    killer: {
      file: rebuildItemTest,
      test: 'is verified before a buyer can win: missing moves are replayed, and what it has stays',
    },
  },
  {
    name: 'the relay clears the outbox before it publishes',
    invariant: 2,
    file: relayOutbox,
    find: '    if (entries.length === 0) break;',
    replace:
      '    if (entries.length === 0) break;\n    await clearOutbox(redis, itemId, entries.map((entry) => entry.reservationId));',
    killer: { file: relayOutboxTest, test: 'a win that JetStream did not store stays in the outbox' },
  },
  {
    name: 'a sale is retired while a win waits for JetStream',
    invariant: 2,
    file: retireSales,
    find: 'if ((await outboxSize(redis, itemId)) > 0) return true;',
    replace: '',
    killer: { file: retireSalesTest, test: 'a past sale leaves Redis, but not while a win waits for JetStream' },
  },
  {
    name: 'a sale is retired while a win waits in the stream',
    invariant: 2,
    file: retireSales,
    find: 'if ((await readWaitingReservations(nc, saleId, itemId)).length > 0) return true;',
    replace: '',
    killer: {
      file: retireSalesTest,
      test: 'a past sale stays while its backlog is open: a win in the stream, then an order that waits for its payment',
    },
  },
  {
    name: 'a batch is acknowledged before what follows its commit',
    invariant: 2,
    file: consumeReservations,
    find: "await Promise.all([announce(parts, 'created', orders)",
    replace: "void Promise.all([announce(parts, 'created', orders)",
    killer: { file: createOrdersTest, test: 'whose worker died after the commit is finished by its redelivery' },
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
    find: '  await publishOrderEvents(parts, event, orders);\n  await moveReservations(parts, to, moving);',
    replace: '  await moveReservations(parts, to, moving);\n  await publishOrderEvents(parts, event, orders);',
    killer: { file: orderPathTest, test: 'a winner becomes an order' },
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
    name: 'two workers lead',
    invariant: 4,
    file: leadership,
    find: 'if (rows[0]?.leads !== true) return false;',
    replace: 'if (rows.length === 0) return false;',
    killer: {
      file: auditWatchTest,
      test: 'one worker audits; when it stops, another one takes over, and its findings leave its metrics',
    },
  },
  {
    name: 'a listener moves its position from anywhere',
    file: runListener,
    find: ' AND stream_seq = ',
    replace: ' AND -1 <> ',
    killer: { file: exactlyOnceTest, test: 'every event counts once, whichever worker listens, stops or starts' },
  },
  {
    name: 'an event that is stored twice counts twice',
    file: runListener,
    find: 'stored.filter(({ seq }) => !repeated.has(seq))',
    replace: 'stored.filter(({ seq }) => seq > 0)',
    killer: {
      file: exactlyOnceTest,
      test: 'an event that was stored twice, because its publisher was away for longer than JetStream remembers, counts once',
    },
  },
  {
    name: 'a leader whose network is silent leads on',
    invariant: 4,
    file: leadership,
    find: 'this.#session !== undefined && performance.now() - this.#seenAt < this.#times.leaseMs',
    replace: 'this.#session !== undefined',
    killer: { file: silentPostgresTest, test: 'whose network goes silent leads no more before the next one begins' },
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
    find: "if (order.status === 'CANCELLED') return { kind: 'refund', reason: 'order-cancelled', order: 'REFUNDED' };",
    replace: "if (order.status === 'CANCELLED') return { kind: 'failed' };",
    killer: { file: paymentsTest, test: 'after the cancel is refunded, and the order is REFUNDED' },
  },
  {
    name: 'a wrong amount pays an order',
    invariant: 9,
    file: decidePayment,
    find: "if (!exact) return { kind: 'refund', reason: 'wrong-amount', order: 'unchanged' };",
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
    find: "return { kind: 'refund', reason: order.status === 'PAID' ? 'already-paid' : 'order-cancelled', order: 'unchanged' };",
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
    find: "await announce(parts, 'paid', committed(settled, 'PAID'));",
    replace: "void announce(parts, 'paid', committed(settled, 'PAID')).catch(() => undefined);",
    killer: { file: paymentPathTest, test: 'a payment in time' },
  },
  {
    name: 'a refund counts as sent before the provider has it',
    invariant: 9,
    file: sendRefunds,
    find: '      await provider.refund({',
    replace:
      '      await prisma.refund.updateMany({ where: { paymentId }, data: { sentAt: new Date() } });\n      await provider.refund({',
    killer: { file: paymentsTest, test: 'a refund that failed because the provider was away is sent when it is back' },
  },
  {
    name: 'a listener goes on without a look at what PostgreSQL lacks',
    invariant: 2,
    file: 'order-worker/src/listeners/runner/run-listener.ts',
    find: 'await restoreGap(this.#parts, position.seq);',
    replace: 'void restoreGap;',
    killer: {
      file: 'order-worker/test/restoring/promoted-standby.test.ts',
      test: 'an asynchronous standby that lacks the last orders, payments and cancels is promoted: they come back without a command',
    },
  },
  {
    name: 'the audit sees no oversold item',
    invariant: 1,
    file: oversold,
    find: 'Math.max(0, liveUnits - stock)',
    replace: 'Math.max(0, liveUnits - stock - 1_000)',
    killer: {
      file: noOneRightAnswerTest,
      test: 'a fault without one right answer is reported with what a person can do, and left alone',
    },
  },
];
