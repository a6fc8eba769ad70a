import type { Mutant } from '../mutant.ts';

const rebuildTest = 'order-worker/test/stock/rebuild-item.test.ts';
const rebuild = 'order-worker/src/stock/rebuild-item.ts';

export const STOCK: readonly Mutant[] = [
  {
    name: 'the rebuild ignores winners that wait in the stream',
    invariant: 8,
    file: rebuild,
    find: 'await readWaitingReservations(nc, saleId, itemId)',
    replace: '[]',
    killer: { file: rebuildTest, test: 'counts the winners that still wait in the stream' },
  },
  {
    name: 'the rebuild takes no lock',
    invariant: 8,
    file: rebuild,
    find: 'FROM pg_advisory_xact_lock(',
    replace: 'FROM mod(',
    killer: { file: rebuildTest, test: 'many workers open one item once' },
  },
  {
    name: 'the relay clears the outbox before it publishes',
    invariant: 2,
    file: 'order-worker/src/stock/relay-outbox.ts',
    find: '    if (entries.length === 0) break;',
    replace:
      '    if (entries.length === 0) break;\n    await clearOutbox(redis, itemId, entries.map((entry) => entry.reservationId));',
    killer: {
      file: 'order-worker/test/stock/relay-outbox.test.ts',
      test: 'a win that JetStream did not store stays in the outbox',
    },
  },
];
