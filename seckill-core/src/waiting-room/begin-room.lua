-- begin-room: closes a waiting room, removes what Redis still holds of it, and begins a new epoch, before its tickets are replayed from the stream.
-- A ticket that was given out in an earlier epoch and is not in the stream yet is void: its gateway looks again, and does not find it.
--
-- KEYS[1] room hash   KEYS[2] claims zset   KEYS[3] entriesN string   KEYS[4] entriesP string   KEYS[5] tickets hash
-- ARGV[1] a mark that no other rebuild uses
--
-- Returns the new epoch. It begins at the time in ms, so that a room that was lost never gets an epoch it had before.

-- include: lib/clock.lua

local now = clockMs()
local before = redis.call('HMGET', KEYS[1], 'epoch', 'progress')
local epoch = string.format('%.0f', math.max(tonumber(before[1] or 0) + 1, now))
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5])
redis.call('HSET', KEYS[1], 'rebuild', ARGV[1], 'epoch', epoch, 'progress', before[2] or 0)
return epoch
