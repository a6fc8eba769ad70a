-- write-shuffle-key: keeps the key of a lane's shuffle, which the caller has derived from the seed and the entries. The first one stays.
--
-- KEYS[1] room hash
-- ARGV[1] run id of the Redis process the caller is connected to   ARGV[2] epoch in which the caller read the entries
-- ARGV[3] lane (n or p)   ARGV[4] key, 64 hex digits
--
-- Returns 1 if the lane has this key now, else 0: the room is not known, was rebuilt since, or has another key.

local room = redis.call('HMGET', KEYS[1], 'runId', 'epoch', 'entries:' .. ARGV[3])
if room[1] ~= ARGV[1] or room[2] ~= ARGV[2] or not room[3] then return 0 end
redis.call('HSETNX', KEYS[1], 'key:' .. ARGV[3], ARGV[4])
return redis.call('HGET', KEYS[1], 'key:' .. ARGV[3]) == ARGV[4] and 1 or 0
