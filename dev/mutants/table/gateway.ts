import type { Mutant } from '../mutant.ts';

const outages = 'gateway/test/links/outages.test.ts';

export const GATEWAY: readonly Mutant[] = [
  {
    name: 'the gateway clears the outbox before it publishes',
    invariant: 2,
    file: 'gateway/src/admission/winner-announcements.ts',
    find: '    return send(publisher, stockReserved, win).then(',
    replace: '    this.#outbox.add(win.itemId, win.reservationId);\n    return send(publisher, stockReserved, win).then(',
    killer: {
      file: outages,
      test: 'frozen: the first winner waits about a second, the next ones do not, and all reach the stream',
    },
  },
];
