import type { Mutant } from '../mutant.ts';

const reserve = 'seckill-core/src/stock/reserve.lua';
const outagesTest = 'gateway/test/links/outages.test.ts';
const reserveTest = 'gateway/test/routes/reserve.test.ts';
const lightPathTest = 'order-worker/test/crash/light-path.test.ts';
const decideByTest = 'seckill-core/test/stock/decide-by.test.ts';
const failClosedTest = 'seckill-core/test/stock/fail-closed.test.ts';
const limitPerUserTest = 'seckill-core/test/stock/limit-per-user.test.ts';
const reserveOrderOfChecksTest = 'seckill-core/test/stock/reserve-order-of-checks.test.ts';
const reserveUnitsTest = 'seckill-core/test/stock/reserve-units.test.ts';
const restockTest = 'seckill-core/test/stock/restock.test.ts';
const tokenBucketTest = 'seckill-core/test/stock/token-bucket.test.ts';
const winnersTest = 'seckill-core/test/stock/winners.test.ts';

/** Faults in the script that decides who wins. */
export const LUA_RESERVE: readonly Mutant[] = [
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
    name: 'a request that cannot win takes a token of the bucket',
    file: reserve,
    find: '  if units[user] + quantity > limit then return LIMIT_REACHED, 0 end',
    replace: '  bucket = bucket - TOKEN\n  if units[user] + quantity > limit then return LIMIT_REACHED, 0 end',
    killer: { file: tokenBucketTest, test: 'is charged for winners alone: no other answer takes a token' },
  },
  {
    name: 'who gives units back without paying may win again at once',
    file: reserve,
    find: 'if pauses[user] then return USER_PAUSED, pauses[user] end',
    replace: '',
    killer: {
      file: 'seckill-core/test/stock/pauses.test.ts',
      test: 'a user who gives units back without paying waits: not the first time, then 2 s, 4 s, 8 s, … 10 min',
    },
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
    name: 'a win that its gateway could not publish is in no outbox',
    invariant: 2,
    file: reserve,
    find: "  redis.call('ZADD', KEYS[4], unpack(entries))\n",
    replace: '',
    killer: { file: lightPathTest, test: 'a purchase' },
  },
  {
    name: 'reserve sells beyond the stock to two gateways',
    invariant: 1,
    file: reserve,
    find: 'if left < quantity then',
    replace: 'if left < -1000 then',
    killer: { file: reserveTest, test: '500 buyers, 10 units, two gateways: exactly 10 win, and each winner is in the stream' },
  },
  {
    name: 'reserve decides a repeated token again',
    invariant: 3,
    file: reserve,
    find: 'local record = records[index]',
    replace: 'local record = nil',
    killer: {
      file: reserveTest,
      test: 'the same token a hundred times, on two gateways: one reservation, a hundred times the same answer',
    },
  },
  {
    name: 'reserve lets a user pass the limit with another token',
    invariant: 5,
    file: reserve,
    find: '> limit then',
    replace: '> limit * 1000 then',
    killer: { file: reserveTest, test: 'a user holds no more than the limit, however many tokens they use' },
  },
  {
    name: 'a restarted Redis sells before its stock is known',
    invariant: 8,
    file: reserve,
    find: 'item[1] == ARGV[1]',
    replace: 'item[1] ~= false',
    killer: {
      file: outagesTest,
      test: 'away: no buyer wins, all get UNAVAILABLE; back with another run id: no win until the stock is known',
    },
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
];
