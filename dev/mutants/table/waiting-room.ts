import type { Mutant } from '../mutant.ts';

const room = 'seckill-core/src/waiting-room/lib/room.lua';
const judge = 'order-worker/src/audit/checks/queue/judge-room.ts';
const laneHistory = 'order-worker/src/waiting-room/lane-history.ts';
const openRooms = 'order-worker/src/waiting-room/open-rooms.ts';
const roomHistory = 'order-worker/src/waiting-room/room-history.ts';
const queueTest = 'order-worker/test/audit/queue.test.ts';
const queueFaultsTest = 'order-worker/test/audit/queue-faults.test.ts';
const rebuildTest = 'order-worker/test/waiting-room/rebuild-room.test.ts';
const historyTest = 'order-worker/test/waiting-room/room-history.test.ts';

/** Faults in how waiting rooms are kept, rebuilt and audited. */
export const WAITING_ROOM: readonly Mutant[] = [
  {
    name: 'a room goes on with an older copy of its data',
    invariant: 10,
    file: room,
    find: 'if tonumber(room.progress) >= tonumber(progressSeen) then return true end',
    replace: 'if true then return true end',
    killer: {
      file: rebuildTest,
      test: 'an older copy of the room is closed by the first call that knows better, and rebuilt without a loss',
    },
  },
  {
    name: 'the guard leaves a room that Redis has lost',
    invariant: 10,
    file: openRooms,
    find: 'rooms[i]?.runId !== runId',
    replace: 'false',
    killer: {
      file: rebuildTest,
      test: 'Redis that lost its data has every ticket, turn and claim again, which takes a moment and no operator',
    },
  },
  {
    name: 'a rebuilt room takes tickets that were never answered',
    invariant: 10,
    file: roomHistory,
    find: 'const isVoid = event.epoch < this.#epoch;',
    replace: 'const isVoid = false;',
    killer: { file: historyTest, test: 'what was stored after the marker of a later epoch is void, except for wins' },
  },
  {
    name: 'a rebuilt room forgets that a turn was taken up, if its ticket was published again',
    invariant: 10,
    file: laneHistory,
    find: 'if ((given & bit) !== 0) return false;',
    replace: '',
    killer: { file: historyTest, test: 'a ticket that was published again changes nothing, also after its turn was taken up' },
  },
  {
    name: 'the audit overlooks an order without a turn',
    invariant: 10,
    file: judge,
    find: '...wins.flatMap((win) => judgeWin(win, takenBy.get(win.userId))),',
    replace: '',
    killer: {
      file: queueTest,
      test: 'a queue that was served in its order holds; an order without a turn is found by its id',
    },
  },
  {
    name: 'the audit takes what was published too late for a fault',
    invariant: 10,
    file: judge,
    find: 'if (!isVoid && !book.isTicketOf(userId, taken))',
    replace: 'if (!book.isTicketOf(userId, taken))',
    killer: { file: queueFaultsTest, test: 'a rebuild in between makes no faults: what was stored too late is void' },
  },
];
