-- open-room: opens a waiting room after its tickets were replayed (or for the first time, with nothing to replay).
--
-- KEYS[1] room hash
-- ARGV[1] the mark of begin-room   ARGV[2] run id of this Redis process   ARGV[3] seed of the shuffle, secret until entries are closed
-- ARGV[4…] joinedN, joinedP, servedN, servedP, entriesN (-1 if entries are open), entriesP, keyN (empty without one), keyP, turns (see lib/turns.lua)
--
-- Returns 1, or 0 if the mark is gone (Redis lost its data, or another rebuild began after this one): begin again.

-- include: lib/clock.lua

local before = redis.call('HMGET', KEYS[1], 'rebuild', 'progress')
if before[1] ~= ARGV[1] then return 0 end
-- As in open-item: ahead of all that was seen of a room that was lost.
local now = clockMs()
local progress = math.max(tonumber(before[2] or 0) + 1, now * 1000)
redis.call('HSET', KEYS[1], 'runId', ARGV[2], 'seed', ARGV[3], 'joined:n', ARGV[4], 'joined:p', ARGV[5], 'served:n', ARGV[6], 'served:p', ARGV[7],
  'turns', ARGV[12], 'openedAt', string.format('%.0f', now), 'progress', string.format('%.0f', progress))
if ARGV[8] ~= '-1' then redis.call('HSET', KEYS[1], 'entries:n', ARGV[8], 'entries:p', ARGV[9]) end
if ARGV[10] ~= '' then redis.call('HSET', KEYS[1], 'key:n', ARGV[10]) end
if ARGV[11] ~= '' then redis.call('HSET', KEYS[1], 'key:p', ARGV[11]) end
redis.call('HDEL', KEYS[1], 'rebuild')
return 1
