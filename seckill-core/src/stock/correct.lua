-- correct: writes reservations as PostgreSQL has them, also where no legal move leads there: Redis was ahead, or holds other units. Only what
-- is still exactly what was seen is written, so a move that comes in between stands.
--
-- KEYS[1] item hash   KEYS[2] reservations hash   KEYS[3] buyers hash   KEYS[4] outbox zset
-- ARGV[1] ms for which gateways may still believe "sold out"
-- ARGV[2…] for each reservation: id, recordSeen, recordWanted (both R|user|quantity|reservedAt|payBy, with the letter of the status)
--
-- Answers { 1 where the item was sold out before and no longer is, else 0, id, id, … of those that were written }.

local ids = {}
for i = 2, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
local records = redis.call('HMGET', KEYS[2], unpack(ids))
local changes, delta = {}, 0
local answer = { 0 }

local function count(record, sign)
  local user, quantity = string.match(record, '^[ROP]|([^|]*)|(%d+)|')
  if not user then return end
  delta = delta + sign * quantity
  changes[user] = (changes[user] or 0) + sign * quantity
end

for i = 1, #ids do
  local seen, wanted = ARGV[i * 3], ARGV[i * 3 + 1]
  if records[i] == seen then
    count(seen, -1)
    count(wanted, 1)
    redis.call('HSET', KEYS[2], ids[i], wanted)
    redis.call('ZREM', KEYS[4], ids[i])
    records[i] = wanted
    answer[#answer + 1] = ids[i]
  end
end

for user, units in pairs(changes) do
  if units ~= 0 and redis.call('HINCRBY', KEYS[3], user, units) <= 0 then redis.call('HDEL', KEYS[3], user) end
end
if delta ~= 0 then
  local item = redis.call('HMGET', KEYS[1], 'stock', 'live')
  local live = redis.call('HINCRBY', KEYS[1], 'live', delta)
  local stock = tonumber(item[1] or 0)
  if stock - tonumber(item[2] or 0) <= 0 and stock - live > 0 then
    local time = redis.call('TIME')
    local heldUntil = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
    redis.call('HSET', KEYS[1], 'heldUntil', string.format('%.0f', heldUntil))
    answer[1] = 1
  end
end
return answer
