-- replay: writes reservations that Redis has lost as PostgreSQL has them, with their units. It touches none that Redis has.
--
-- KEYS[1] item hash   KEYS[2] reservations hash   KEYS[3] buyers hash   KEYS[4] outbox zset   KEYS[5] won string
-- ARGV[1…] for each reservation: id, record (R|user|quantity|reservedAt|payBy, with the letter of the status)
--
-- Returns the positions (from 1) of reservations that Redis has in another status, for advance and release to move. Idempotent.
-- Three commands for all of them, so a thousand take about 2 ms.

-- include: lib/record.lua
-- include: lib/parts.lua
-- include: lib/units.lua

local ids = {}
for i = 1, #ARGV, 2 do ids[#ids + 1] = ARGV[i] end
local records = redis.call('HMGET', KEYS[2], unpack(ids))
local writes, leaving, marks, differing = {}, {}, {}, {}
local users, units, sum, paid = {}, {}, 0, 0

for i, id in ipairs(ids) do
  local wanted, record = ARGV[2 * i], records[i]
  if not record then
    writes[#writes + 1] = id
    writes[#writes + 1] = wanted
    leaving[#leaving + 1] = id
    marks[#marks + 1] = string.sub(id, 25, 30)
    local user, quantity = unitsHeld(wanted)
    if user then
      if not units[user] then users[#users + 1] = user end
      units[user] = (units[user] or 0) + quantity
      sum = sum + quantity
      if string.sub(wanted, 1, 1) == 'P' then paid = paid + quantity end
    end
  elseif string.byte(record) ~= string.byte(wanted) then
    differing[#differing + 1] = i
  end
end

if #writes == 0 then return differing end
local live = liveUnits()
partsLost(live)
changePaid(paid, live)
redis.call('HSET', KEYS[2], unpack(writes))
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('ZREM', KEYS[4], unpack(leaving)) end
redis.call('APPEND', KEYS[5], table.concat(marks))
if #users == 0 then return differing end
local counts = redis.call('HMGET', KEYS[3], unpack(users))
local sets = {}
for i, user in ipairs(users) do
  sets[#sets + 1] = user
  sets[#sets + 1] = string.format('%.0f', (tonumber(counts[i]) or 0) + units[user])
end
redis.call('HSET', KEYS[3], unpack(sets))
redis.call('HINCRBY', KEYS[1], 'live', sum)
return differing
