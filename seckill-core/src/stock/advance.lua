-- advance: moves reservations on (RESERVED -> ORDERED -> PAID) after the order was committed.
-- A reservation that Redis has lost is written again, with its units: so replaying orders rebuilds an item.
--
-- KEYS[1] item hash   KEYS[2] reservations hash   KEYS[3] buyers hash   KEYS[4] outbox zset   KEYS[5] won string
-- ARGV[1] letter of the new status: R (only writes what is missing), O or P
-- ARGV[2] the reservations as one JSON array: id, userId, quantity, reservedAt (ms), payBy (ms, 0 if there is none), id, …
--
-- Returns how many reservations moved. Idempotent: a repeated or illegal move changes nothing.

-- include: lib/record.lua
-- include: lib/parts.lua
-- include: lib/units.lua

local target = ARGV[1]
local before = ({ R = '', O = 'R', P = 'RO' })[target]

local asked = cjson.decode(ARGV[2])
local ids = {}
for i = 1, #asked, 5 do ids[#ids + 1] = asked[i] end
local records = redis.call('HMGET', KEYS[2], unpack(ids))
local writes, leaving, marks, taken, added, moved, units = {}, {}, {}, {}, 0, 0, 0
local seen = {}

for i = 1, #ids do
  local at = 1 + (i - 1) * 5
  local id, user, quantity, reservedAt, payBy = ids[i], asked[at + 1], asked[at + 2], asked[at + 3], asked[at + 4]
  local record = records[i]
  if not seen[id] and (not record or string.find(before, string.sub(record, 1, 1), 1, true)) then
    seen[id] = true
    if record then
      -- The record wins over the argument: units are counted by the record when they return.
      local _, owner, held, wonAt, due = parseRecord(record)
      user, quantity, reservedAt = owner, held, wonAt
      if payBy == 0 then payBy = due end
    else
      marks[#marks + 1] = string.sub(id, 25, 30)
      added = added + quantity
      taken[user] = (taken[user] or 0) + quantity
    end
    writes[#writes + 1] = id
    writes[#writes + 1] = formatRecord(target, user, quantity, reservedAt, payBy)
    leaving[#leaving + 1] = id
    moved = moved + 1
    units = units + quantity
  end
end

if moved > 0 then
  local live = liveUnits()
  partsLost(live)
  redis.call('HSET', KEYS[2], unpack(writes))
  redis.call('ZREM', KEYS[4], unpack(leaving))
  changePaid(target == 'P' and units or 0, live)
  changeUnits(taken, added, 0)
  if #marks > 0 then redis.call('APPEND', KEYS[5], table.concat(marks)) end
end
return moved
