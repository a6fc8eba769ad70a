-- parts: notices that Redis has lost some of an item's keys, because it evicted them or another program deleted them.
--
-- liveUnits() returns the item's live units, nil if it has no such field.
-- partsLost(live) takes them and returns whether a part is gone. If so, it closes the item until a rebuild, which counts the rest again. Each reservation has a mark in `won`, and live units have a reservation and a buyer.
-- The item is in KEYS[1], the reservations in KEYS[2], the buyers in KEYS[3], `won` in KEYS[5]. One command, about 0.3 µs.

local function liveUnits()
  return tonumber(redis.call('HGET', KEYS[1], 'live') or nil)
end

local function partsLost(live)
  local parts = redis.call('EXISTS', KEYS[2], KEYS[3], KEYS[5])
  if parts == 3 and live then return false end
  -- Without live units there are no buyers, and no reservations or only settled ones.
  if parts ~= 1 and live == 0 or parts == 0 and not live then return false end
  redis.call('HDEL', KEYS[1], 'runId')
  redis.call('HSET', KEYS[1], 'lost', '1')
  return true
end
