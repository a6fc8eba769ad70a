import type { Mutant } from '../mutant.ts';

const advance = 'seckill-core/src/stock/advance.lua';
const beginRebuild = 'seckill-core/src/stock/begin-rebuild.lua';
const changeItem = 'seckill-core/src/stock/change-item.lua';
const correct = 'seckill-core/src/stock/correct.lua';
const parts = 'seckill-core/src/stock/lib/parts.lua';
const restocked = 'seckill-core/src/stock/lib/restocked.lua';
const observe = 'seckill-core/src/stock/observe.lua';
const openItem = 'seckill-core/src/stock/open-item.lua';
const recount = 'seckill-core/src/stock/recount.lua';
const release = 'seckill-core/src/stock/release.lua';
const repairRedisTest = 'order-worker/test/audit/repair-redis.test.ts';
const randomStoriesTest = 'order-worker/test/model/random-stories.test.ts';
const failClosedTest = 'seckill-core/test/stock/fail-closed.test.ts';
const randomHistoriesTest = 'seckill-core/test/stock/histories/random-histories.test.ts';
const limitPerUserTest = 'seckill-core/test/stock/limit-per-user.test.ts';
const lostPartsTest = 'seckill-core/test/stock/lost-parts.test.ts';
const paidUnitsTest = 'seckill-core/test/stock/paid-units.test.ts';
const recountAndCorrectTest = 'seckill-core/test/stock/recount-and-correct.test.ts';
const reservationMovesTest = 'seckill-core/test/stock/reservation-moves.test.ts';
const restockTest = 'seckill-core/test/stock/restock.test.ts';
const replay = 'seckill-core/src/stock/replay.lua';
const rebuildItemTest = 'order-worker/test/stock/rebuild-item.test.ts';

/** Faults in the other scripts that Redis runs. */
export const LUA: readonly Mutant[] = [
  {
    name: 'release returns the units of a paid reservation',
    invariant: 6,
    file: release,
    find: "C = 'RO'",
    replace: "C = 'ROP'",
    killer: { file: reservationMovesTest, test: 'as RESERVATION_MOVES says, sent once or twice' },
  },
  {
    name: 'release returns the units of a reservation once for each time that a batch names it',
    invariant: 6,
    file: release,
    find: 'if not seen[id] and (',
    replace: 'if (',
    killer: {
      file: reservationMovesTest,
      test: 'units of a batch return exactly once, however often and in whatever batches it is released',
    },
  },
  {
    name: 'release counts the units of a refunded order as paid',
    file: release,
    find: "if letter == 'P' then refunded = refunded + quantity end",
    replace: '',
    killer: {
      file: paidUnitsTest,
      test: 'leave with the units that return, and stay as they are when a paid order is refunded',
    },
  },
  {
    name: 'release keeps the units of the user',
    invariant: 5,
    file: release,
    find: 'changes[user] = (changes[user] or 0) - quantity',
    replace: '',
    killer: { file: limitPerUserTest, test: 'after a cancel the user may buy again, and wins a unit that exists' },
  },
  {
    name: 'release keeps the units of the item',
    invariant: 4,
    file: release,
    find: 'changeUnits(changes, -released,',
    replace: 'changeUnits(changes, 0,',
    killer: {
      file: reservationMovesTest,
      test: 'units of a batch return exactly once, however often and in whatever batches it is released',
    },
  },
  {
    name: 'release lets a token win again whose reservation Redis has lost',
    invariant: 3,
    file: release,
    find: "redis.call('HSET', KEYS[2], unpack(writes))",
    replace: "if records[1] then redis.call('HSET', KEYS[2], unpack(writes)) end",
    killer: { file: reservationMovesTest, test: 'cannot win again' },
  },
  {
    name: 'advance takes a cancelled reservation to PAID',
    invariant: 6,
    file: advance,
    find: "P = 'RO'",
    replace: "P = 'ROC'",
    killer: { file: reservationMovesTest, test: 'as RESERVATION_MOVES says, sent once or twice' },
  },
  {
    name: 'advance counts no units of orders that Redis has lost',
    invariant: 4,
    file: advance,
    find: 'added = added + quantity',
    replace: '',
    killer: {
      file: randomHistoriesTest,
      test: 'an item that was lost in the middle and rebuilt from its orders is the same as before',
    },
  },
  {
    name: 'advance leaves reservations in the outbox',
    invariant: 2,
    file: advance,
    find: "redis.call('ZREM', KEYS[4], unpack(leaving))",
    replace: '',
    killer: { file: reservationMovesTest, test: 'a reservation leaves the outbox when it moves on' },
  },
  {
    name: 'a rebuild leaves the item open',
    invariant: 8,
    file: beginRebuild,
    find: "redis.call('HDEL', KEYS[1], 'runId')",
    replace: '',
    killer: { file: failClosedTest, test: 'the item is being rebuilt; earlier wins stay, and their winners get the same answer' },
  },
  {
    name: 'a rebuild opens an item that Redis has lost in between',
    invariant: 8,
    file: openItem,
    find: "if redis.call('HGET', KEYS[1], 'rebuild') ~= ARGV[1] then return 0 end",
    replace: '',
    killer: { file: failClosedTest, test: 'if Redis lost its data while the orders were replayed' },
  },
  {
    name: 'an item that has lost its buyers stays on sale',
    invariant: 8,
    file: parts,
    find: "redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[5])",
    replace: "redis.call('EXISTS', KEYS[2], KEYS[2], KEYS[5])",
    killer: { file: lostPartsTest, test: 'is closed by the next request, and right again after a rebuild' },
  },
  {
    name: 'a rebuild opens an item that has lost a part in between',
    invariant: 8,
    file: openItem,
    find: "if redis.call('HEXISTS', KEYS[1], 'lost') == 1 then return 0 end",
    replace: '',
    killer: { file: lostPartsTest, test: 'a rebuild during which a part is lost does not open the item; the next one does' },
  },
  {
    name: 'a rebuilt item can be won while gateways say sold out',
    invariant: 2,
    file: openItem,
    find: 'now + tonumber(ARGV[3]))',
    replace: 'now)',
    killer: {
      file: restockTest,
      test: 'through a rebuild are held back for as long: a request for one has to wait, and one for more than are left is sold out',
    },
  },
  {
    name: 'the recount corrects no sum',
    invariant: 4,
    file: recount,
    find: 'if live ~= held then',
    replace: 'if false then',
    killer: { file: recountAndCorrectTest, test: 'are reported by a recount that changes nothing, and corrected once' },
  },
  {
    name: 'a correction overwrites a reservation that has moved since',
    invariant: 4,
    file: correct,
    find: 'if records[i] == seen then',
    replace: 'if records[i] then',
    killer: { file: recountAndCorrectTest, test: 'stays unchanged if it has moved since it was read' },
  },
  {
    name: 'returned units are not held back',
    invariant: 2,
    file: restocked,
    find: 'clockMs() + leaseMs',
    replace: 'clockMs()',
    killer: { file: restockTest, test: 'can be won only once no gateway can believe "sold out" any more' },
  },
  {
    name: 'observe trusts an item that another Redis process has opened',
    invariant: 8,
    file: observe,
    find: 'if item[1] ~= ARGV[1] then',
    replace: 'if not item[1] then',
    killer: { file: failClosedTest, test: 'the connected Redis process is not the verified one' },
  },
  {
    name: 'release counts nothing for the buyer',
    invariant: 4,
    file: release,
    find: '(changes[user] or 0) - quantity',
    replace: '(changes[user] or 0)',
    killer: {
      file: randomHistoriesTest,
      test: 'whatever happens to an item, the scripts do what the model does and the books balance',
    },
  },
  {
    name: 'units of a cancelled order stay held in Redis',
    invariant: 4,
    file: release,
    find: '-released, tonumber',
    replace: '0, tonumber',
    killer: {
      file: randomStoriesTest,
      test: 'whatever dies, is delivered twice or is forgotten by Redis: the books match the model',
    },
  },
  {
    name: 'a change creates an item that Redis has lost',
    invariant: 8,
    file: changeItem,
    find: 'if not item[1] then return -1 end',
    replace: 'if not item[1] then return 1 end',
    killer: { file: failClosedTest, test: 'Redis has lost the item, even for earlier winners' },
  },
  {
    name: 'a correction changes no reservation',
    invariant: 4,
    file: correct,
    find: "    redis.call('HSET', KEYS[2], ids[i], wanted)\n",
    replace: '',
    killer: {
      file: repairRedisTest,
      test: 'reservations that are behind, ahead, lost or of other units in Redis: the audit reports them and the repair corrects them, once',
    },
  },
  {
    name: 'the recount forgets the buyers whose sums it corrects',
    invariant: 4,
    file: recount,
    find: 'if users[user] then redis.call(',
    replace: 'if false then redis.call(',
    killer: {
      file: repairRedisTest,
      test: 'settings and sums that were overwritten in Redis are corrected from PostgreSQL and the reservations',
    },
  },

  {
    name: 'a rebuild counts no units of orders that Redis has lost',
    invariant: 8,
    file: replay,
    find: "redis.call('HINCRBY', KEYS[1], 'live', sum)\n",
    replace: '',
    killer: { file: rebuildItemTest, test: 'lets no buyer win until the item is rebuilt, which takes a moment and no operator' },
  },
];
