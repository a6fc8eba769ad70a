-- open-item: puts an item on sale after its orders were replayed (nothing to replay: its first opening). From here on reserve can win.
--
-- KEYS[1] item hash
-- ARGV[1] the mark of begin-rebuild   ARGV[2] run id of this Redis process   ARGV[3] ms for which gateways may still believe "sold out"
-- ARGV[4…] version, saleId, state, startsAt, endsAt, limitPerUser, ratePerSecond, burst, stock
--
-- Answers 1, or 0 where the mark is gone (Redis lost its data, or somebody else began after us): begin again.

if redis.call('HGET', KEYS[1], 'rebuild') ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
local reopensAt = string.format('%.0f', tonumber(now) + tonumber(ARGV[3]))
redis.call('HSETNX', KEYS[1], 'bucket', string.format('%.0f', tonumber(ARGV[11]) * 1000))
redis.call('HSETNX', KEYS[1], 'bucketAt', now)
-- A gateway may have read "sold out" before the rebuild: its lease runs out first. A first opening has no such past. Not `heldUntil`: these units
-- were not sold out, and who asks for one meanwhile is told to wait.
if redis.call('HEXISTS', KEYS[1], 'stock') == 1 or tonumber(redis.call('HGET', KEYS[1], 'live')) > 0 then
  redis.call('HSET', KEYS[1], 'reopensAt', reopensAt)
end
-- Who rebuilds may have read the settings before somebody paused the sale: newer ones that are here stay.
if tonumber(redis.call('HGET', KEYS[1], 'version') or 0) <= tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'version', ARGV[4], 'state', ARGV[6], 'stock', ARGV[12])
end
redis.call('HSET', KEYS[1], 'runId', ARGV[2], 'saleId', ARGV[5], 'startsAt', ARGV[7], 'endsAt', ARGV[8],
  'limitPerUser', ARGV[9], 'ratePerSecond', ARGV[10], 'burst', ARGV[11])
-- The order of `won` may be another one now: gateways that read it by offset begin anew when they see another generation.
redis.call('HSET', KEYS[1], 'generation', ARGV[1])
redis.call('HDEL', KEYS[1], 'rebuild')
return 1
