-- restocked: holds back units that return to a sold-out item for as long as a gateway may still believe "sold out".
--
-- restocked(before, after, leaseMs) takes the units left before and after a change, and the gateways' lease in ms. The item is in KEYS[1].
-- It returns 1 if the item was sold out and no longer is, else 0.

-- include: lib/clock.lua

local function restocked(before, after, leaseMs)
  if before > 0 or after <= 0 then return 0 end
  redis.call('HSET', KEYS[1], 'heldUntil', string.format('%.0f', clockMs() + leaseMs))
  return 1
end
