import type { Mutant } from '../mutant.ts';

const joins = 'gateway/src/waiting-room/joins.ts';
const admit = 'seckill-core/src/waiting-room/admit.lua';
const join = 'seckill-core/src/waiting-room/join.lua';
const room = 'seckill-core/src/waiting-room/lib/room.lua';
const turns = 'seckill-core/src/waiting-room/lib/turns.lua';
const shuffle = 'seckill-core/src/waiting-room/shuffle.ts';
const roomTest = 'seckill-core/test/waiting-room/room.test.ts';
const rebuiltRoomTest = 'seckill-core/test/waiting-room/rebuild-room.test.ts';
const randomRoomsTest = 'seckill-core/test/waiting-room/histories/random-rooms.test.ts';
const shuffleTest = 'seckill-core/test/waiting-room/shuffle.test.ts';
const outagesTest = 'gateway/test/waiting-room/room-outages.test.ts';
const everyTurn = 'whatever happens to a room, places are given once and served in order, and each turn finds its units';
const judge = 'order-worker/src/audit/checks/queue/judge-room.ts';
const laneHistory = 'order-worker/src/waiting-room/lane-history.ts';
const guardRooms = 'order-worker/src/waiting-room/guard-rooms.ts';
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
    file: guardRooms,
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
  {
    name: 'turns are given beside claims that may still win',
    invariant: 10,
    file: turns,
    find: 'return math.floor(units / weight) - outstanding',
    replace: 'return math.floor(units / weight)',
    killer: { file: randomRoomsTest, test: everyTurn },
  },
  {
    name: 'a rebuilt room gives turns by old figures',
    invariant: 10,
    file: turns,
    find: "if unitsAt <= count('openedAt') then return 0 end",
    replace: '',
    killer: { file: rebuiltRoomTest, test: 'a rebuilt room gives no turn by units that were read before it opened' },
  },
  {
    name: 'a user gets a second number while the first one counts',
    invariant: 10,
    file: join,
    find: 'record == over and isOver(record, user, place)',
    replace: 'record == over',
    killer: { file: roomTest, test: 'a turn that has come and is not stale cannot be given up for another number' },
  },
  {
    name: 'users with priority take all turns',
    invariant: 10,
    file: admit,
    find: 'elseif credit < weight then',
    replace: 'elseif true then',
    killer: { file: roomTest, test: 'lanes are served by their weights' },
  },
  {
    name: 'the shuffle leaves no entry at its place',
    invariant: 10,
    file: shuffle,
    find: 'words.below(i + 1)',
    replace: 'words.below(i)',
    killer: { file: shuffleTest, test: 'the shuffle is a permutation and equals one that is computed from the specification' },
  },
  {
    name: 'a ticket is answered without a second look',
    invariant: 10,
    file: joins,
    find: "? each.ticket : 'AGAIN'",
    replace: '? each.ticket : each.ticket',
    killer: { file: outagesTest, test: 'a ticket whose message came too late for a rebuild is not answered' },
  },
];
