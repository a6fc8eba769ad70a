-- open-item: puts an item on sale after its orders were replayed (or for the first time, with nothing to replay). From here on reserve can win.
--
-- KEYS[1] item hash
-- ARGV[1] the mark of begin-rebuild   ARGV[2] run id of this Redis process   ARGV[3] ms for which gateways may still believe "sold out"
-- ARGV[4…] version, saleId, state, startsAt, endsAt, limitPerUser, ratePerSecond, burst, stock
-- ARGV[13] 1 if reservations were replayed, or 0
--
-- Returns 1, or 0 if the mark is gone (Redis lost its data, or another rebuild began after this one), or a part of the item: begin again.

-- include: lib/clock.lua

if redis.call('HGET', KEYS[1], 'rebuild') ~= ARGV[1] then return 0 end
if redis.call('HEXISTS', KEYS[1], 'lost') == 1 then return 0 end
local now = clockMs()
redis.call('HSETNX', KEYS[1], 'bucket', string.format('%.0f', tonumber(ARGV[11]) * 1000))
redis.call('HSETNX', KEYS[1], 'bucketAt', string.format('%.0f', now))
-- A gateway may have read "sold out" before the rebuild: its lease runs out first. A first opening has no such past. This is not `heldUntil`:
-- these units were not sold out, so a buyer who asks for one in between is asked to wait.
-- Until `reopensAt`, Redis does not prove that an event of a reservation was stored either: the replay moved it without one.
if redis.call('HEXISTS', KEYS[1], 'stock') == 1 or tonumber(redis.call('HGET', KEYS[1], 'live')) > 0 or ARGV[13] == '1' then
  redis.call('HSET', KEYS[1], 'reopensAt', string.format('%.0f', now + tonumber(ARGV[3])))
end
-- The caller may have read the settings before an operator paused the sale: newer settings that are here stay.
if tonumber(redis.call('HGET', KEYS[1], 'version') or 0) <= tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'version', ARGV[4], 'state', ARGV[6], 'stock', ARGV[12])
end
redis.call('HSET', KEYS[1], 'runId', ARGV[2], 'saleId', ARGV[5], 'startsAt', ARGV[7], 'endsAt', ARGV[8],
  'limitPerUser', ARGV[9], 'ratePerSecond', ARGV[10], 'burst', ARGV[11])
-- The order of `won` may have changed: a gateway that reads it by offset starts over when it sees a new generation.
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
-- It begins at the time in µs, so that an item that was lost and rebuilt is ahead of all that was seen of it: wins are rarer than microseconds.
local progress = math.max(tonumber(redis.call('HGET', KEYS[1], 'progress') or 0) + 1, now * 1000)
redis.call('HSET', KEYS[1], 'progress', string.format('%.0f', progress))
redis.call('HDEL', KEYS[1], 'rebuild')
return 1
