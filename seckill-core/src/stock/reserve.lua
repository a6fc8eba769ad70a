-- reserve: decides a batch of requests for one item. Each winner is written completely or not at all: stock, buyer, reservation, outbox,
-- winner's mark.
--
-- KEYS[1] item hash         KEYS[2] reservations hash (id -> record)   KEYS[3] buyers hash (userId -> live units)
-- KEYS[4] outbox zset (id by win time)                                 KEYS[5] won string (6 hex characters a winner)
-- KEYS[6] pauses hash (see lib/pauses.lua)
-- ARGV[1] run id of the Redis process the caller is connected to       ARGV[2] most entries the outbox may hold
-- ARGV[3] ms on this clock after which this call makes no winners, 0 for never: a delayed command is then harmless. Its buyers were asked
--         to try again long ago, and another gateway may have answered "sold out" since
-- ARGV[4] ms for which gateways may still believe "sold out"
-- ARGV[5] the highest progress of the item that the caller has seen: a lower one here means that Redis went back to an older copy of its data
-- ARGV[6] the requests as one JSON array: reservationId, userId, quantity, reservationId, … An argument for each costs the caller and Redis more
--
-- Returns a JSON array: now, left, progress, answer, detail, answer, detail, … Now in ms; left is -1 if the stock is not known; progress grows with
-- every win and every rebuild; for each request its answer as a number (see reserve.ts) and a detail. For a reservation that had won before, the
-- answer is the letter of its status and the detail the time of the win in ms. The time of a new win is now. For RATE_LIMITED, NOT_STARTED,
-- REOPENING and USER_PAUSED the detail is the ms to wait.
-- Idempotent under the reservation id: a command that is sent twice takes one unit.

-- include: lib/clock.lua
-- include: lib/record.lua
-- include: lib/parts.lua
-- include: lib/pauses.lua

local RESERVED, FOREIGN, STOCK_UNKNOWN, NOT_STARTED, SALE_ENDED, SALE_PAUSED = 0, 1, 2, 3, 4, 5
local SOLD_OUT, RATE_LIMITED, LIMIT_REACHED, OUTBOX_FULL, TOO_LATE, REOPENING, USER_PAUSED = 6, 7, 8, 9, 10, 11, 12
local TOKEN = 1000 -- the bucket counts thousandths: rate per second is thousandths per ms, and Lua's numbers stay whole

local now = clockMs()
local item = redis.call('HMGET', KEYS[1], 'runId', 'stock', 'live', 'state', 'startsAt', 'endsAt', 'limitPerUser',
  'ratePerSecond', 'burst', 'bucket', 'bucketAt', 'heldUntil', 'reopensAt', 'progress', 'pausedUntil')
local decideBy = tonumber(ARGV[3])
local stock, live, state = tonumber(item[2]), tonumber(item[3]), item[4]
local startsAt, endsAt, limit, rate = tonumber(item[5]), tonumber(item[6]), tonumber(item[7]), tonumber(item[8])
local burst, bucket, bucketAt = tonumber(item[9]), tonumber(item[10]), tonumber(item[11])
local heldUntil, reopensAt = tonumber(item[12] or 0), tonumber(item[13] or 0)
local progress, progressSeen, pausedUntil = tonumber(item[14] or 0), tonumber(ARGV[5]), tonumber(item[15] or 0)
local known = item[1] == ARGV[1] and not partsLost(live)
if known and progress < progressSeen then
  -- Wins are missing here. The item stays closed until it is rebuilt, and the rebuild continues from the progress that was seen.
  redis.call('HDEL', KEYS[1], 'runId')
  redis.call('HSET', KEYS[1], 'progress', ARGV[5])
  known = false
end

local asked = cjson.decode(ARGV[6])
local ids, users, quantities = {}, {}, {}
for i = 1, #asked, 3 do
  ids[#ids + 1] = asked[i]
  users[#users + 1] = asked[i + 1]
  quantities[#quantities + 1] = asked[i + 2]
end
local records = redis.call('HMGET', KEYS[2], unpack(ids))
local answers = { now, -1, 0 }
local left, units, waiting, pauses -- units, outbox and pauses are read when the first request gets that far

-- A time further ahead than it can have been written means that the clock has stepped back. It counts from now on instead: otherwise the
-- bucket would stay empty, or the units held back, until the clock is there again.
local function noLaterThan(most, field, time)
  if time <= most then return time end
  redis.call('HSET', KEYS[1], field, string.format('%.0f', most))
  return most
end

if known then
  left = stock - live
  bucketAt = noLaterThan(now, 'bucketAt', bucketAt)
  heldUntil = noLaterThan(now + ARGV[4], 'heldUntil', heldUntil)
  reopensAt = noLaterThan(now + ARGV[4], 'reopensAt', reopensAt)
  bucket = math.min(burst * TOKEN, bucket + (now - bucketAt) * rate)
end
local taken, won, marks, entries, holdings = {}, {}, {}, {}, {}

local function decide(index, id, user, quantity)
  local record = records[index] or taken[id]
  if record then
    local status, owner, _, wonAt = parseRecord(record)
    if owner == user then return status, tonumber(wonAt) end
    return FOREIGN, 0
  end
  if not known then return STOCK_UNKNOWN, 0 end
  if decideBy > 0 and now > decideBy then return TOO_LATE, 0 end
  if state == 'CLOSED' or now >= endsAt then return SALE_ENDED, 0 end
  if state ~= 'OPEN' then return SALE_PAUSED, 0 end
  if now < startsAt then return NOT_STARTED, startsAt - now end
  if left < quantity then return SOLD_OUT, 0 end
  if now < reopensAt then return REOPENING, reopensAt - now end
  if now < heldUntil then return SOLD_OUT, 0 end
  if not units then
    local held = redis.call('HMGET', KEYS[3], unpack(users))
    units = {}
    for i = 1, #users do units[users[i]] = tonumber(held[i] or 0) end
    waiting = redis.call('ZCARD', KEYS[4])
    pauses = now < pausedUntil and pausesOf(users, now) or {}
  end
  if units[user] + quantity > limit then return LIMIT_REACHED, 0 end
  if waiting >= tonumber(ARGV[2]) then return OUTBOX_FULL, 0 end
  if pauses[user] then return USER_PAUSED, pauses[user] end
  -- Last of all: only a winner takes a token, so a request that cannot win takes no other buyer's turn.
  if bucket < TOKEN then return RATE_LIMITED, math.ceil((TOKEN - bucket) / rate) end
  bucket = bucket - TOKEN
  left = left - quantity
  live = live + quantity
  waiting = waiting + 1
  units[user] = units[user] + quantity
  taken[id] = formatRecord('R', user, quantity, string.format('%.0f', now), '0')
  won[#won + 1] = id
  won[#won + 1] = taken[id]
  entries[#entries + 1] = now
  entries[#entries + 1] = id
  marks[#marks + 1] = string.sub(id, 25, 30)
  holdings[#holdings + 1] = user
  return RESERVED, 0
end

for i = 1, #ids do
  local answer, detail = decide(i, ids[i], users[i], quantities[i])
  answers[#answers + 1] = answer
  answers[#answers + 1] = detail
end

if #won > 0 then
  local held = {}
  for i = 1, #holdings do
    held[#held + 1] = holdings[i]
    held[#held + 1] = units[holdings[i]]
  end
  redis.call('HSET', KEYS[2], unpack(won))
  redis.call('HSET', KEYS[3], unpack(held))
  redis.call('ZADD', KEYS[4], unpack(entries))
  redis.call('APPEND', KEYS[5], table.concat(marks))
  progress = progress + #holdings
  redis.call('HSET', KEYS[1], 'live', live, 'bucket', string.format('%.0f', bucket), 'bucketAt', string.format('%.0f', now),
    'progress', string.format('%.0f', progress))
end
-- As text: cjson writes 14 digits of a number, and the progress has 16.
if known then answers[2], answers[3] = math.max(0, left), string.format('%.0f', progress) end
return cjson.encode(answers)
