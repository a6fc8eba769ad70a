-- correct: writes reservations as PostgreSQL has them, even if no legal move leads there: Redis was ahead, or holds other units. It writes
-- only a record that is still exactly as the caller saw it, so a move in between stands.
--
-- KEYS[1] item hash   KEYS[2] reservations hash   KEYS[3] buyers hash   KEYS[4] outbox zset
-- ARGV[1] ms for which gateways may still believe "sold out"
-- ARGV[2…] for each reservation: id, recordSeen, recordWanted (both R|user|quantity|reservedAt|payBy, with the letter of the status)
--
-- Returns { 1 if the item was sold out and no longer is, else 0, id, id, … of those that were written }.

-- include: lib/record.lua
-- include: lib/units.lua

local ids = {}
for i = 2, #ARGV, 3 do ids[#ids + 1] = ARGV[i] end
local records = redis.call('HMGET', KEYS[2], unpack(ids))
local changes, sum, paid = {}, 0, 0
local answer = { 0 }

local function count(record, sign)
  local user, quantity = unitsHeld(record)
  if not user then return end
  sum = sum + sign * quantity
  changes[user] = (changes[user] or 0) + sign * quantity
  if string.sub(record, 1, 1) == 'P' then paid = paid + sign * quantity end
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

-- The records are there, so the item has live units: a count of paid ones that is missing stays unknown.
changePaid(paid, true)
answer[1] = changeUnits(changes, sum, tonumber(ARGV[1]))
return answer
