-- use-claims: ends the claims of users who have won. Each counts for a moment longer: a caller of admit may have read the units before the win.
--
-- KEYS[1] room hash   KEYS[2] claims zset   KEYS[3] tickets hash
-- ARGV[1] run id of the Redis process the caller is connected to   ARGV[2] user ids as one JSON array
--
-- Returns how many tickets are used from now on, -1 if the room is not known. Idempotent.

-- include: lib/room.lua

if not isKnown(ARGV[1], 0) then return -1 end
local users = cjson.decode(ARGV[2])
local records = redis.call('HMGET', KEYS[3], unpack(users))
local writes, claims = {}, {}
for i, user in ipairs(users) do
  local record = records[i]
  if record and string.sub(record, -1) == '+' then
    writes[#writes + 1] = user
    writes[#writes + 1] = string.sub(record, 1, -2) .. '!'
    local ends = tonumber(redis.call('ZSCORE', KEYS[2], user) or 0)
    if ends > now + GRACE then
      claims[#claims + 1] = whole(now + GRACE)
      claims[#claims + 1] = user
    end
  end
end
if #writes > 0 then redis.call('HSET', KEYS[3], unpack(writes)) end
if #claims > 0 then redis.call('ZADD', KEYS[2], unpack(claims)) end
return #writes / 2
