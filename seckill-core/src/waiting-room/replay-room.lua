-- replay-room: writes tickets, claims and entries as the stream has them into a room that begin-room has closed.
--
-- KEYS[1] room hash   KEYS[2] claims zset   KEYS[3] entriesN string   KEYS[4] entriesP string   KEYS[5] tickets hash
-- ARGV[1] the mark of begin-room   ARGV[2] tickets as one JSON array: userId, record, userId, …
-- ARGV[3] claims as one JSON array: userId, until when the user may buy (ms), userId, …
-- ARGV[4] entry ids to append in lane n   ARGV[5] entry ids to append in lane p
--
-- Returns 1, or 0 if the mark is gone: begin again.

if redis.call('HGET', KEYS[1], 'rebuild') ~= ARGV[1] then return 0 end
local GRACE = 2000 -- as in lib/room.lua
local tickets, claims = cjson.decode(ARGV[2]), cjson.decode(ARGV[3])
if #tickets > 0 then redis.call('HSET', KEYS[5], unpack(tickets)) end
for i = 1, #claims, 2 do redis.call('ZADD', KEYS[2], string.format('%.0f', claims[i + 1] + GRACE), claims[i]) end
if ARGV[4] ~= '' then redis.call('APPEND', KEYS[3], ARGV[4]) end
if ARGV[5] ~= '' then redis.call('APPEND', KEYS[4], ARGV[5]) end
return 1
