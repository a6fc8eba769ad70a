import type { Mutant } from '../mutant.ts';

const startOverTest = 'order-worker/test/data-hub/start-over.test.ts';
const actingTest = 'order-worker/test/listeners/acting.test.ts';

const ledgersTest = 'order-worker/test/services/ledgers.test.ts';
const afterPaidTest = 'order-worker/test/sagas/after-paid.test.ts';

/** Planted faults of listeners that act outside PostgreSQL, and of sagas. */
export const LISTENERS: readonly Mutant[] = [
  {
    name: 'a task does not wait for the earlier ones of its order',
    invariant: 11,
    file: 'order-worker/src/listeners/acting/due-tasks.sql',
    find: 'AND (e.rank, e.id) < (d.rank, d.id)',
    replace: 'AND false',
    killer: { file: actingTest, test: 'if they come shuffled and twice, and each fails once' },
  },
  {
    name: 'a task that no retry can help is tried again',
    invariant: 11,
    file: 'order-worker/src/listeners/acting/task-sender.ts',
    find: "return { state: 'DEAD', pauseMs: 0, attempt };",
    replace: "return { state: 'WAITING', pauseMs: 0, attempt };",
    killer: { file: actingTest, test: 'is dead at once if no retry can help, with the reason' },
  },
  {
    name: 'a new listener begins with the oldest event',
    invariant: 11,
    file: 'order-worker/src/listeners/runner/run-listener.ts',
    find: "const first = begins === 'newest' ? await lastSeqOf() : 0;",
    replace: 'const first = begins === undefined ? await lastSeqOf() : 0;',
    killer: { file: actingTest, test: 'a listener that is new gets no events from before' },
  },
  {
    name: 'a batch of the run before moves a sink that was started over',
    invariant: 11,
    file: 'order-worker/src/data-hub/sink-position.ts',
    find: 'writing = NULL, run = run + 1,',
    replace: 'writing = NULL, run = run + 0,',
    killer: {
      file: startOverTest,
      test: 'a sink that is started over receives every event again, and a batch that it was writing counts for nothing',
    },
  },
  {
    name: 'an older state of an order replaces a newer one in the search engine',
    invariant: 11,
    file: 'order-worker/src/data-hub/sinks/opensearch/opensearch-sink.ts',
    find: 'version: document.version,',
    replace: 'version: 9,',
    killer: {
      file: 'order-worker/test/search/search-orders.test.ts',
      test: 'never lets an older state replace a newer one, and takes the same one twice',
    },
  },
  {
    name: 'what a listener did is not noted',
    invariant: 11,
    file: 'order-worker/src/listeners/acting/settle-tasks.sql',
    find: 'SET state = s.state::listener_task_state',
    replace: 'SET state = t.state',
    killer: {
      file: actingTest,
      test: 'a listener acts on every event that it wants, once, and notes what the far side answered',
    },
  },
  {
    name: 'points that were taken back are awarded by a late message',
    invariant: 11,
    file: 'order-worker/src/services/points/award-points.sql',
    find: 'FROM entered WHERE is_new GROUP',
    replace: 'FROM entered WHERE is_new OR taken_back_at IS NOT NULL GROUP',
    killer: {
      file: ledgersTest,
      test: 'points are awarded once, and never after they were taken back, however often and in whichever order messages come',
    },
  },
  {
    name: 'a revoked coupon is issued by a late message',
    invariant: 11,
    file: 'order-worker/src/services/coupons/issue-coupons.sql',
    find: 'DO UPDATE SET state = c.state',
    replace: 'DO UPDATE SET state = excluded.state, code = excluded.code, issued_at = excluded.issued_at, revoked_at = NULL',
    killer: {
      file: ledgersTest,
      test: 'coupons are issued once, and never after they were revoked, however often and in whichever order messages come',
    },
  },
  {
    name: 'a used coupon is revoked',
    invariant: 11,
    file: 'order-worker/src/services/coupons/revoke-coupons.sql',
    find: "state = CASE c.state WHEN 'USED' THEN c.state ELSE 'REVOKED' END",
    replace: "state = 'REVOKED'",
    killer: {
      file: afterPaidTest,
      test: 'a used coupon stays, and so do goods that have left; the rest goes back, and the timeline says so',
    },
  },
  {
    name: 'a saga that turns back forgets the step under way',
    invariant: 11,
    file: 'order-worker/src/sagas/turn-back.sql',
    find: "WHEN 'RUNNING' THEN (SELECT",
    replace: "WHEN 'COMPENSATED' THEN (SELECT",
    killer: {
      file: afterPaidTest,
      test: 'an order that is refunded while the warehouse hangs: what it accepted late is cancelled',
    },
  },
  {
    name: 'the audit begins no saga that is missing',
    invariant: 11,
    file: 'order-worker/src/audit/checks/sagas/sagas.ts',
    find: "(fault === 'missing' ? { repair: begin }",
    replace: "(fault === 'refunded' ? { repair: begin }",
    killer: {
      file: 'order-worker/test/sagas/audit.test.ts',
      test: 'a paid order without its saga is found, and the repair begins it',
    },
  },
  {
    name: 'the audit expects no shipment at the warehouse',
    invariant: 11,
    file: 'order-worker/src/audit/checks/shipments/shipment-faults.sql',
    find: "ELSE 'missing' END",
    replace: 'END',
    killer: {
      file: 'order-worker/test/sagas/audit.test.ts',
      test: 'show what the warehouse lost, cancelled, doubled, changed, kept and made up',
    },
  },
];
