-- admit: gives turns to the next people of a sale's waiting room, as many as the units that are left and the sale's rate allow, and returns the
-- state of the room. Every gateway calls it again and again; all that it decides by is in Redis, so several callers admit no more than one.
--
-- KEYS[1] room hash   KEYS[2] claims zset   KEYS[3] entriesN string   KEYS[4] entriesP string
-- ARGV[1] run id of the Redis process the caller is connected to   ARGV[2] the highest progress of the room that the caller has seen
-- ARGV[3] ms at which entries close   ARGV[4] ms at which the sale starts   ARGV[5] ms after which a turn is stale
-- ARGV[6] units left, -1 to give no turns   ARGV[7] ms at which they were read   ARGV[8] units that a claim may take
-- ARGV[9] turns of lane p for each turn of lane n   ARGV[10] most people a second, 0 for no limit   ARGV[11] most people at once after a pause
--
-- Returns a JSON array: now (ms), epoch, progress, people who joined lanes n and p, places served of each, entries of each (-1 until they are
-- closed), keys of their shuffles (hex, empty until written), the seed (empty until entries are closed), turns that are not stale (see
-- lib/turns.lua), claims that count, places served by this call of each lane. Only { now } if the room is not known.

-- include: lib/room.lua
-- include: lib/turns.lua
-- include: lib/entries.lua

local TOKEN = 1000 -- as in reserve.lua: thousandths, so that Lua's numbers stay whole
local MOST = 20000 -- turns of one call if both lanes wait, which takes about 5 ms

if not isKnown(ARGV[1], ARGV[2]) or entriesLost() then return cjson.encode({ now }) end
local closed = closeEntries(ARGV[3])
local turns = liveTurns(tonumber(ARGV[5]))
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', whole(now))

local rate, burst = tonumber(ARGV[10]), tonumber(ARGV[11])
local fields = redis.call('HMGET', KEYS[1], 'bucket', 'bucketAt', 'credit', 'seed')
local waiting = { n = count('joined:n') - count('served:n'), p = count('joined:p') - count('served:p') }
local bucketAt = tonumber(fields[2] or now)
if bucketAt > now then
  -- The clock has stepped back: the bucket fills from now on.
  redis.call('HSET', KEYS[1], 'bucketAt', whole(now))
  bucketAt = now
end
local bucket = math.min(burst * TOKEN, tonumber(fields[1] or burst * TOKEN) + (now - bucketAt) * rate)

-- Without the key of its shuffle, a lane has no places yet.
local function isShuffled(lane) return count('entries:' .. lane) == 0 or room['key:' .. lane] end

local function mostTurns()
  if not closed or now < tonumber(ARGV[4]) or not isShuffled('n') or not isShuffled('p') then return 0 end
  local most = math.min(waiting.n + waiting.p, freeTurns(turns, tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])))
  if rate > 0 then most = math.min(most, math.floor(bucket / TOKEN)) end
  if waiting.n > 0 and waiting.p > 0 then most = math.min(most, MOST) end
  return most
end

-- Lane p has `weight` turns, then lane n has one. `credit` counts those of lane p since the last one of lane n.
local function share(most, weight, credit)
  local given = { n = 0, p = 0 }
  while most > 0 do
    local lane, size = 'p', 0
    if given.p == waiting.p then lane, size = 'n', most
    elseif given.n == waiting.n then size = most
    elseif credit < weight then
      size = math.min(most, weight - credit, waiting.p - given.p)
      credit = credit + size
    else
      lane, size, credit = 'n', 1, 0
    end
    given[lane] = given[lane] + size
    most = most - size
  end
  return given, credit
end

-- Turns of the same second are one entry, which lasts as long as the newest of them.
local function serve(lane, size)
  if size == 0 then return end
  local from = count('served:' .. lane) + 1
  room['served:' .. lane] = whole(from + size - 1)
  for _, turn in ipairs(turns) do
    if turn.lane == lane and turn.upTo == from - 1 and math.floor(turn.at / 1000) == math.floor(now / 1000) then
      turn.upTo, turn.at = from + size - 1, now
      return
    end
  end
  turns[#turns + 1] = { lane = lane, from = from, upTo = from + size - 1, at = now, taken = 0 }
end

local most, given = mostTurns(), { n = 0, p = 0 }
if most > 0 then
  local credit
  given, credit = share(most, tonumber(ARGV[9]), tonumber(fields[3] or 0))
  serve('n', given.n)
  serve('p', given.p)
  write('served:n', whole(count('served:n')), 'served:p', whole(count('served:p')), 'credit', whole(credit), 'turns', formatTurns(turns),
    'bucket', whole(bucket - most * TOKEN), 'bucketAt', whole(now))
end

return cjson.encode({
  now, room.epoch, room.progress, count('joined:n'), count('joined:p'), count('served:n'), count('served:p'),
  closed and count('entries:n') or -1, closed and count('entries:p') or -1, room['key:n'] or '', room['key:p'] or '',
  closed and fields[4] or '', formatTurns(turns), redis.call('ZCARD', KEYS[2]), given.n, given.p,
})
