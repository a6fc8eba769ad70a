-- change-item: brings an item on sale to newer settings: paused, resumed, closed, more stock. The total stock is set, not added to, so a
-- repeated call counts once.
--
-- KEYS[1] item hash
-- ARGV[1] version   ARGV[2] state (OPEN, PAUSED, CLOSED)   ARGV[3] total stock   ARGV[4] ms for which gateways may still believe "sold out"
--
-- Returns 1 changed, 0 an equal or newer version is there, -1 the item is not known here (rebuild it with these settings).

-- include: lib/restocked.lua

local item = redis.call('HMGET', KEYS[1], 'runId', 'version', 'stock', 'live')
if not item[1] then return -1 end
if tonumber(item[2]) >= tonumber(ARGV[1]) then return 0 end
local live = tonumber(item[4])
restocked(tonumber(item[3]) - live, tonumber(ARGV[3]) - live, tonumber(ARGV[4]))
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'state', ARGV[2], 'stock', ARGV[3])
return 1
