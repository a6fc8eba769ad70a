-- advance: moves reservations on (RESERVED -> ORDERED -> PAID, CANCELLED -> REFUNDED), after the order was committed.
-- A reservation that Redis has lost is written anew, and its units with it: so replaying orders rebuilds an item.
--
-- KEYS[1] item hash   KEYS[2] reservations hash   KEYS[3] buyers hash   KEYS[4] outbox zset   KEYS[5] won string
-- ARGV[1] letter of the new status: R (only writes what is missing), O, P or F
-- ARGV[2…] for each reservation: id, userId, quantity, reservedAt (ms), payBy (ms, 0 where there is none)
--
-- Answers how many reservations moved. Idempotent: a move that was made, or is not legal, changes nothing.

local target = ARGV[1]
local before = ({ R = '', O = 'R', P = 'RO', F = 'C' })[target]
local holds = target ~= 'F'

local ids = {}
for i = 2, #ARGV, 5 do ids[#ids + 1] = ARGV[i] end
local records = redis.call('HMGET', KEYS[2], unpack(ids))
local writes, leaving, marks, taken, added, moved = {}, {}, {}, {}, 0, 0
local seen = {}

for i = 1, #ids do
  local at = 2 + (i - 1) * 5
  local id, user, quantity, reservedAt, payBy = ids[i], ARGV[at + 1], tonumber(ARGV[at + 2]), ARGV[at + 3], ARGV[at + 4]
  local record = records[i]
  local missing = not record
  if not seen[id] and (missing or string.find(before, string.sub(record, 1, 1), 1, true)) then
    seen[id] = true
    if record then
      -- What was reserved is in the record: units are counted by it when they return.
      local owner, held, wonAt, due = string.match(record, '^%u|([^|]*)|(%d+)|(%d+)|(%d+)$')
      user, quantity, reservedAt = owner, held, wonAt
      if payBy == '0' then payBy = due end
    end
    writes[#writes + 1] = id
    writes[#writes + 1] = target .. '|' .. user .. '|' .. quantity .. '|' .. reservedAt .. '|' .. payBy
    leaving[#leaving + 1] = id
    moved = moved + 1
    if missing then
      marks[#marks + 1] = string.sub(id, 25, 30)
      if holds then
        added = added + quantity
        taken[user] = (taken[user] or 0) + quantity
      end
    end
  end
end

if moved > 0 then
  redis.call('HSET', KEYS[2], unpack(writes))
  redis.call('ZREM', KEYS[4], unpack(leaving))
  for user, units in pairs(taken) do redis.call('HINCRBY', KEYS[3], user, units) end
  if added > 0 then redis.call('HINCRBY', KEYS[1], 'live', added) end
  if #marks > 0 then redis.call('APPEND', KEYS[5], table.concat(marks)) end
end
return moved
