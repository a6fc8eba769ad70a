-- units: changes how many units users hold, and with them the item; and how many of them are paid.
--
-- changeUnits(byUser, sum, leaseMs) takes the change for each user (a table), the sum of these changes, and the gateways' lease in ms.
-- The item is in KEYS[1], the buyers in KEYS[3]. It returns 1 if the item was sold out and no longer is, else 0.
-- changePaid(units, live) takes the change of the paid units, and the live units before this step. If these are nil, the item is empty and
-- begins to count. An item that an earlier version opened has live units but no count of paid ones: it stays unknown.

-- include: lib/restocked.lua

local function changePaid(units, live)
  if not live then redis.call('HSETNX', KEYS[1], 'paid', 0) end
  if units ~= 0 and redis.call('HEXISTS', KEYS[1], 'paid') == 1 then redis.call('HINCRBY', KEYS[1], 'paid', units) end
end

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
