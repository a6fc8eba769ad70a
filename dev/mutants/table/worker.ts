import type { Mutant } from '../mutant.ts';

const auditWatch = 'order-worker/src/audit/audit-watch.ts';
const publishAgain = 'order-worker/src/audit/checks/events/publish-again.ts';
const oversold = 'order-worker/src/audit/checks/oversold/oversold.ts';
const runCheck = 'order-worker/src/audit/run-check.ts';
const repeatedEvents = 'order-worker/src/listeners/runner/repeated-events.ts';
const runListener = 'order-worker/src/listeners/runner/run-listener.ts';
const leadership = 'order-worker/src/servers/leadership.ts';
const guardStock = 'order-worker/src/stock/guard-stock.ts';
const rebuildItem = 'order-worker/src/stock/rebuild-item.ts';
const relayOutbox = 'order-worker/src/stock/relay-outbox.ts';
const replayOrders = 'order-worker/src/stock/replay-orders.ts';
const retireSales = 'order-worker/src/stock/retire-sales.ts';
const auditSaleTest = 'order-worker/test/audit/audit-sale.test.ts';
const auditWatchTest = 'order-worker/test/audit/audit-watch.test.ts';
const noOneRightAnswerTest = 'order-worker/test/audit/no-one-right-answer.test.ts';
const repairBooksTest = 'order-worker/test/audit/repair-books.test.ts';
const backgroundTasksTest = 'order-worker/test/crash/background-tasks.test.ts';
const exactlyOnceTest = 'order-worker/test/listeners/exactly-once.test.ts';
const silentPostgresTest = 'order-worker/test/servers/silent-postgres.test.ts';
const rebuildItemTest = 'order-worker/test/stock/rebuild-item.test.ts';
const relayOutboxTest = 'order-worker/test/stock/relay-outbox.test.ts';
const retireSalesTest = 'order-worker/test/stock/retire-sales.test.ts';
const compareReservations = 'order-worker/src/audit/evidence/compare-reservations.ts';
const balance = 'order-worker/src/audit/checks/balance/balance.ts';
const repairRedisTest = 'order-worker/test/audit/repair-redis.test.ts';
const recordedReservations = 'order-worker/src/stock/recorded-reservations.ts';
const repairsWhileMovingTest = 'order-worker/test/audit/repairs-while-moving.test.ts';
const promotedStandbyTest = 'order-worker/test/restoring/promoted-standby.test.ts';

/** Faults in the rest of the order worker. */
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
    killer: {
      file: rebuildItemTest,
      test: 'is verified before a buyer can win: missing moves are replayed, and what it has stays',
    },
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
    killer: { file: exactlyOnceTest, test: 'two workers that both believe that they lead count each event once' },
  },
  {
    name: 'an event that is stored twice counts twice',
    file: repeatedEvents,
    find: ': firstSeq < seq) return false;',
    replace: ': false) return false;',
    killer: { file: exactlyOnceTest, test: 'if a redelivered batch is composed differently, and redelivered again' },
  },
  {
    name: 'a listener forgets the repeats that it has applied',
    file: repeatedEvents,
    find: 'if (repeat) repeats.set(id, storedAt);',
    replace: '',
    killer: {
      file: exactlyOnceTest,
      test: 'if the message of a frozen worker comes after its repeat, while the listener runs and after it was restarted',
    },
  },
  {
    name: 'a listener that begins knows no repeats',
    file: repeatedEvents,
    find: 'await readRepeats(this.#nc, since, this.#position)',
    replace: 'new Map<string, number>()',
    killer: {
      file: exactlyOnceTest,
      test: 'if the message of a frozen worker comes after its repeat, while the listener runs and after it was restarted',
    },
  },
  {
    name: 'no late event is looked up',
    file: repeatedEvents,
    find: 'storedAt - oldestAt > LATE_MS',
    replace: 'storedAt - oldestAt > 10 * LATE_MS',
    killer: { file: exactlyOnceTest, test: 'if it comes minutes later, whichever of the two is marked as a repeat' },
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
  {
    name: 'a dying relay has cleared the outbox before it publishes',
    invariant: 2,
    file: relayOutbox,
    find: '    if (entries.length === 0) break;',
    replace:
      '    if (entries.length === 0) break;\n    await clearOutbox(redis, itemId, entries.map((entry) => entry.reservationId));',
    killer: { file: backgroundTasksTest, test: 'the relay publishes what stays in the outbox' },
  },
  {
    name: 'the relay publishes nothing',
    invariant: 2,
    file: relayOutbox,
    find: 'const MOST_PORTIONS = 20;',
    replace: 'const MOST_PORTIONS = 0;',
    killer: {
      file: relayOutboxTest,
      test: 'winners whose gateway died before it published get their orders, once, with several workers at it',
    },
  },
  {
    name: 'the rebuild replays no orders',
    invariant: 8,
    file: rebuildItem,
    find: 'await replayOrders(redis, tx, itemId)',
    replace: '0',
    killer: { file: backgroundTasksTest, test: 'an item that Redis has lost is rebuilt' },
  },
  {
    name: 'a position moves although its events do not count',
    invariant: 4,
    file: runListener,
    find: 'await movePosition(tx, {',
    replace: 'await movePosition(this.#parts.prisma, {',
    killer: { file: backgroundTasksTest, test: 'the statistics count an event' },
  },
  {
    name: 'the audit believes its first look at a sale that moves',
    invariant: 4,
    file: runCheck,
    find: 'for (const pause of PASSES_AFTER_MS) {',
    replace: 'for (const pause of PASSES_AFTER_MS.slice(4)) {',
    killer: { file: auditSaleTest, test: 'the audit raises no false alarm while a sale runs' },
  },
  {
    name: 'the audit logs a finding in each round',
    invariant: 4,
    file: auditWatch,
    find: 'if (this.#found.has(id)) continue;',
    replace: '',
    killer: { file: auditWatchTest, test: 'a finding is exported and logged once while it lasts, and its end once' },
  },
  {
    name: 'a deleted event is not stored again',
    invariant: 4,
    file: publishAgain,
    find: 'await publishOrderEvents({ publisher }, event, orders, { repeat: true });',
    replace: 'void publishOrderEvents;',
    killer: {
      file: repairBooksTest,
      test: 'events that were deleted are stored again under their ids, and the statistics are recounted',
    },
  },

  {
    name: 'the audit takes every win for one in flight',
    invariant: 4,
    file: compareReservations,
    find: '(queued || inOutbox.has(reservationId))',
    replace: '(queued || inOutbox.has(reservationId) || true)',
    killer: { file: auditSaleTest, test: 'a reservation without an order' },
  },
  {
    name: 'the audit overlooks orders that Redis has lost',
    invariant: 4,
    file: compareReservations,
    find: 'inRedis === undefined && postgres === undefined',
    replace: 'inRedis === undefined || postgres === null',
    killer: { file: auditSaleTest, test: 'an order without a reservation, and units that Redis did not get back' },
  },
  {
    name: 'the repair adds up units that move',
    invariant: 4,
    file: balance,
    find: 'if (JSON.stringify(before) !== JSON.stringify(after))',
    replace: 'if (after.length === 0)',
    killer: { file: repairRedisTest, test: 'a repair during a running sale finds only what is wrong, and disturbs no buyer' },
  },

  {
    name: 'a correction locks no orders',
    invariant: 4,
    file: recordedReservations,
    find: ' ORDER BY id FOR SHARE',
    replace: '',
    killer: {
      file: repairsWhileMovingTest,
      test: 'a reservation that is corrected while its order is cancelled ends as cancelled, and its unit returns once',
    },
  },

  {
    name: 'a listener goes on without a look at what PostgreSQL lacks',
    invariant: 2,
    file: runListener,
    find: 'await restoreGap(this.#parts, doubtful, seq);',
    replace: 'void restoreGap;',
    killer: {
      file: promotedStandbyTest,
      test: 'an asynchronous standby that lacks the last orders, payments and cancels is promoted: they come back without a command',
    },
  },
];
