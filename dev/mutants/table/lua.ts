import type { Mutant } from '../mutant.ts';

const outagesTest = 'gateway/test/links/outages.test.ts';
const advance = 'seckill-core/src/stock/advance.lua';
const beginRebuild = 'seckill-core/src/stock/begin-rebuild.lua';
const correct = 'seckill-core/src/stock/correct.lua';
const restocked = 'seckill-core/src/stock/lib/restocked.lua';
const observe = 'seckill-core/src/stock/observe.lua';
const openItem = 'seckill-core/src/stock/open-item.lua';
const parts = 'seckill-core/src/stock/lib/parts.lua';
const recount = 'seckill-core/src/stock/recount.lua';
const release = 'seckill-core/src/stock/release.lua';
const reserve = 'seckill-core/src/stock/reserve.lua';
const decideByTest = 'seckill-core/test/stock/decide-by.test.ts';
const failClosedTest = 'seckill-core/test/stock/fail-closed.test.ts';
const randomHistoriesTest = 'seckill-core/test/stock/histories/random-histories.test.ts';
const lostPartsTest = 'seckill-core/test/stock/lost-parts.test.ts';
const limitPerUserTest = 'seckill-core/test/stock/limit-per-user.test.ts';
const recountAndCorrectTest = 'seckill-core/test/stock/recount-and-correct.test.ts';
const reservationMovesTest = 'seckill-core/test/stock/reservation-moves.test.ts';
const reserveOrderOfChecksTest = 'seckill-core/test/stock/reserve-order-of-checks.test.ts';
const reserveUnitsTest = 'seckill-core/test/stock/reserve-units.test.ts';
const restockTest = 'seckill-core/test/stock/restock.test.ts';
const tokenBucketTest = 'seckill-core/test/stock/token-bucket.test.ts';
const winnersTest = 'seckill-core/test/stock/winners.test.ts';

/** Faults in the scripts that Redis runs. */
export const LUA: readonly Mutant[] = [
  {
    name: 'reserve sells an item that has no units left',
    invariant: 1,
    file: reserve,
    find: 'if left < quantity then return SOLD_OUT, 0 end',
    replace: 'if left < -100 then return SOLD_OUT, 0 end',
    killer: { file: reserveUnitsTest, test: 'each in a separate call, all at once' },
  },
  {
    name: 'reserve forgets within a batch what it has taken',
    invariant: 1,
    file: reserve,
    find: 'left = left - quantity',
    replace: 'left = left - 0',
    killer: { file: reserveUnitsTest, test: 'in batches, with the stock ending in the middle of one' },
  },
  {
    name: 'reserve does not know a token that has won in the same batch',
    invariant: 3,
    file: reserve,
    find: 'records[index] or taken[id]',
    replace: 'records[index]',
    killer: { file: reserveUnitsTest, test: 'in one batch' },
  },
  {
    name: 'reserve does not look for an earlier win of the token',
    invariant: 3,
    file: reserve,
    find: 'records[index] or taken[id]',
    replace: 'taken[id]',
    killer: { file: reserveUnitsTest, test: 'in separate calls, and the time of the win stays the same' },
  },
  {
    name: "reserve gives one user's win to another",
    invariant: 3,
    file: reserve,
    find: 'if owner == user then',
    replace: 'if owner then',
    killer: { file: reserveOrderOfChecksTest, test: "another user's reservation id is FOREIGN, and takes nothing" },
  },
  {
    name: 'reserve trusts an item that another Redis process has opened',
    invariant: 8,
    file: reserve,
    find: 'local known = item[1] == ARGV[1]',
    replace: 'local known = item[1]',
    killer: { file: failClosedTest, test: 'the connected Redis process is not the verified one' },
  },
  {
    name: 'reserve sells from an older copy of the data',
    invariant: 8,
    file: reserve,
    find: 'known and progress < progressSeen',
    replace: 'known and progress < 0',
    killer: {
      file: failClosedTest,
      test: 'Redis went back to an older copy of its data: closed to every caller, and sold again after a rebuild',
    },
  },
  {
    name: 'reserve counts no units against the limit',
    invariant: 5,
    file: reserve,
    find: 'if units[user] + quantity > limit',
    replace: 'if units[user] > limit',
    killer: { file: limitPerUserTest, test: 'a user wins up to the limit, counted in units, and others are not held back' },
  },
  {
    name: 'reserve reads no units that the user holds',
    invariant: 5,
    file: reserve,
    find: 'units[users[i]] = tonumber(held[i] or 0)',
    replace: 'units[users[i]] = 0',
    killer: { file: limitPerUserTest, test: 'a hundred attempts of one user at once win one unit' },
  },
  {
    name: 'reserve sells a returned unit while gateways say sold out',
    invariant: 2,
    file: reserve,
    find: 'if now < heldUntil then return SOLD_OUT, 0 end',
    replace: '',
    killer: { file: restockTest, test: 'can be won only once no gateway can believe "sold out" any more' },
  },
  {
    name: 'reserve lets a delayed call win',
    invariant: 2,
    file: reserve,
    find: 'if decideBy > 0 and now > decideBy then return TOO_LATE, 0 end',
    replace: '',
    killer: { file: decideByTest, test: 'a delayed call makes no winner, and takes nothing' },
  },
  {
    name: 'reserve puts no win into the outbox',
    invariant: 2,
    file: reserve,
    find: "redis.call('ZADD', KEYS[4], unpack(entries))",
    replace: '',
    killer: { file: outagesTest, test: 'away: winners get 202, wait in the outbox, and reach the stream when NATS is back' },
  },
  {
    name: 'reserve leaves no mark of a winner',
    invariant: 2,
    file: reserve,
    find: "redis.call('APPEND', KEYS[5], table.concat(marks))",
    replace: '',
    killer: { file: winnersTest, test: 'has all of them' },
  },
  {
    name: 'the bucket is never charged',
    file: reserve,
    find: 'bucket = bucket - TOKEN',
    replace: 'bucket = bucket - 0',
    killer: { file: tokenBucketTest, test: 'admits the burst and no more' },
  },
  {
    name: 'the bucket fills beyond its burst',
    file: reserve,
    find: 'math.min(burst * TOKEN,',
    replace: 'math.min(burst * TOKEN * 1000,',
    killer: { file: tokenBucketTest, test: 'never holds more than the burst, however long no request comes' },
  },
  {
    name: 'a clock that steps back freezes the bucket',
    file: reserve,
    find: "  bucketAt = noLaterThan(now, 'bucketAt', bucketAt)\n",
    replace: '',
    killer: { file: tokenBucketTest, test: 'that is empty when the clock goes back is refilled in its own time' },
  },
  {
    name: 'a clock that steps back holds units back',
    file: reserve,
    find: "  heldUntil = noLaterThan(now + ARGV[4], 'heldUntil', heldUntil)\n",
    replace: '',
    killer: { file: restockTest, test: 'are held back no longer than that if the clock goes back' },
  },
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
    find: 'if holds then',
    replace: 'if false then',
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
    killer: {
      file: lostPartsTest,
      test: 'is closed by the next request, and right again after a rebuild',
    },
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
];
