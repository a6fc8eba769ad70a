-- release: takes reservations to CANCELLED, REJECTED or REFUNDED and returns their units exactly once: only the move out of a state that holds
-- units returns them. A reservation that Redis has lost is written in its final state without units, so that its token cannot win a second time.
--
-- KEYS[1] item hash   KEYS[2] reservations hash   KEYS[3] buyers hash   KEYS[4] outbox zset   KEYS[5] won string
-- KEYS[6] pauses hash (see lib/pauses.lua)
-- ARGV[1] letter of the new status: C (from R or O), X (from R) or F (from P or C)   ARGV[2] ms for which gateways may still believe "sold out"
-- ARGV[3] the reservations as one JSON array: id, userId, quantity, reservedAt (ms), id, …
-- ARGV[4] ms of the first pause of users who give units back without paying, 0 for no pauses
--
-- Returns { released units, 1 if the item was sold out and no longer is, else 0 }. A paid reservation is released only by its refund.

-- include: lib/record.lua
-- include: lib/parts.lua
-- include: lib/pauses.lua
-- include: lib/units.lua

local target = ARGV[1]
local before = ({ C = 'RO', X = 'R', F = 'PC' })[target]
local asked = cjson.decode(ARGV[3])
local ids = {}
for i = 1, #asked, 4 do ids[#ids + 1] = asked[i] end
local records = redis.call('HMGET', KEYS[2], unpack(ids))
local writes, leaving, marks, changes, released, refunded = {}, {}, {}, {}, 0, 0
local seen, givers = {}, {}

for i = 1, #ids do
  local at = 1 + (i - 1) * 4
  local id, user, quantity, reservedAt, payBy = ids[i], asked[at + 1], asked[at + 2], asked[at + 3], 0
  local record = records[i]
  if not seen[id] and (not record or string.find(before, string.sub(record, 1, 1), 1, true)) then
    seen[id] = true
    if record then
      local letter
      letter, user, quantity, reservedAt, payBy = parseRecord(record)
      if unitsHeld(record) then
        released = released + quantity
        if letter == 'P' then refunded = refunded + quantity end
        if not changes[user] then givers[#givers + 1] = user end
        changes[user] = (changes[user] or 0) - quantity
      end
    else
      marks[#marks + 1] = string.sub(id, 25, 30)
    end
    writes[#writes + 1] = id
    writes[#writes + 1] = formatRecord(target, user, quantity, reservedAt, payBy)
    leaving[#leaving + 1] = id
  end
end
if #writes == 0 then return { 0, 0 } end

local live = liveUnits()
partsLost(live)
changePaid(-refunded, live)
redis.call('HSET', KEYS[2], unpack(writes))
redis.call('ZREM', KEYS[4], unpack(leaving))
if #marks > 0 then redis.call('APPEND', KEYS[5], table.concat(marks)) end
if #givers > 0 and tonumber(ARGV[4]) > 0 then pauseUsers(givers, tonumber(ARGV[4])) end
return { released, changeUnits(changes, -released, tonumber(ARGV[2])) }
