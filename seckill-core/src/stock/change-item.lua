-- change-item: brings an item on sale to newer settings: paused, resumed, closed, more stock. Total stock is set, not added to: sent twice, it counts once.
--
-- KEYS[1] item hash
-- ARGV[1] version   ARGV[2] state (OPEN, PAUSED, CLOSED)   ARGV[3] total stock   ARGV[4] ms for which gateways may still believe "sold out"
--
-- Answers 1 changed, 0 an equal or newer version is there, -1 the item is not known here (it has to be rebuilt, with these settings).

local item = redis.call('HMGET', KEYS[1], 'runId', 'version', 'stock', 'live')
if not item[1] then return -1 end
if tonumber(item[2]) >= tonumber(ARGV[1]) then return 0 end
if tonumber(item[3]) - tonumber(item[4]) <= 0 and tonumber(ARGV[3]) - tonumber(item[4]) > 0 then
  local time = redis.call('TIME')
  local heldUntil = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[4])
  redis.call('HSET', KEYS[1], 'heldUntil', string.format('%.0f', heldUntil))
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'state', ARGV[2], 'stock', ARGV[3])
return 1
