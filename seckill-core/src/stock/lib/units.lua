-- units: changes how many units users hold, and with them the item.
--
-- changeUnits(byUser, sum, leaseMs) takes the change for each user (a table), the sum of these changes, and the gateways' lease in ms.
-- The item is in KEYS[1], the buyers in KEYS[3]. It returns 1 if the item was sold out and no longer is, else 0.

-- include: lib/restocked.lua

local function changeUnits(byUser, sum, leaseMs)
  for user, units in pairs(byUser) do
    if units ~= 0 and redis.call('HINCRBY', KEYS[3], user, units) <= 0 then redis.call('HDEL', KEYS[3], user) end
  end
  if sum == 0 then return 0 end
  local item = redis.call('HMGET', KEYS[1], 'stock', 'live')
  local stock = tonumber(item[1] or 0)
  local live = redis.call('HINCRBY', KEYS[1], 'live', sum)
  return restocked(stock - tonumber(item[2] or 0), stock - live, leaseMs)
end
