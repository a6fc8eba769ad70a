-- find-tickets: reads users' tickets and claims. Changes nothing.
--
-- KEYS[1] room hash   KEYS[2] claims zset   KEYS[3] tickets hash
-- ARGV[1] run id of the Redis process the caller is connected to   ARGV[2] user ids as one JSON array
--
-- Returns a JSON array: now (ms), epoch, record, until, record, until, … For each user the record of their ticket, empty without one, and until when
-- they may buy (ms, 0 without a claim). Only { now } if the room is not known.

-- include: lib/room.lua

if not isKnown(ARGV[1], 0) then return cjson.encode({ now }) end
local users = cjson.decode(ARGV[2])
local records = redis.call('HMGET', KEYS[3], unpack(users))
local answers = { now, room.epoch }
for i, user in ipairs(users) do
  local record = records[i] or ''
  local ends = 0
  if string.sub(record, -1) == '+' then
    ends = tonumber(redis.call('ZSCORE', KEYS[2], user) or 0) - GRACE
  end
  answers[#answers + 1] = record
  answers[#answers + 1] = ends > now and ends or 0
end
return cjson.encode(answers)
