-- pauses: makes users wait who win and give back without paying, again and again, because others can't buy those units until then.
--
-- pauseUsers(users, firstMs) counts one more time for each of the users. The first time is free, the second costs a pause of firstMs, and each
-- further one twice as much, up to ten minutes. An hour after the end of a pause all is forgotten.
-- pausesOf(users, now) returns the ms that each user still has to wait, by user; users who need not wait are missing.
-- The item is in KEYS[1]; its field pausedUntil is the end of the longest pause, so an item without pauses costs no command. KEYS[6] is the hash of
-- pauses: userId -> times|until.

-- include: lib/clock.lua

local LONGEST_PAUSE_MS = 600000
local FORGET_PAUSES_MS = 3600000

local function pauseUsers(users, firstMs)
  local now = clockMs()
  local known = redis.call('HMGET', KEYS[6], unpack(users))
  local writes, latest = {}, 0
  for i, user in ipairs(users) do
    local times, till = string.match(known[i] or '', '^(%d+)|(%d+)$')
    times, till = tonumber(times or 0), tonumber(till or 0)
    if now - till > FORGET_PAUSES_MS then times = 0 end
    local pause = times == 0 and 0 or math.min(LONGEST_PAUSE_MS, firstMs * 2 ^ (times - 1))
    latest = math.max(latest, now + pause)
    writes[#writes + 1] = user
    writes[#writes + 1] = string.format('%.0f|%.0f', times + 1, now + pause)
  end
  redis.call('HSET', KEYS[6], unpack(writes))
  redis.call('PEXPIRE', KEYS[6], LONGEST_PAUSE_MS + FORGET_PAUSES_MS)
  if latest > tonumber(redis.call('HGET', KEYS[1], 'pausedUntil') or 0) then
    redis.call('HSET', KEYS[1], 'pausedUntil', string.format('%.0f', latest))
  end
end

local function pausesOf(users, now)
  local known = redis.call('HMGET', KEYS[6], unpack(users))
  local pauses = {}
  for i, user in ipairs(users) do
    local till = tonumber(string.match(known[i] or '', '|(%d+)$') or 0)
    -- A pause that ends later than any can means that the clock has stepped back.
    if till > now then pauses[user] = math.min(till - now, LONGEST_PAUSE_MS) end
  end
  return pauses
end
