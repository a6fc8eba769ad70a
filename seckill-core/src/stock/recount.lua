-- recount: counts the units that an item's reservations hold, in all and by user, and where it is told to sets `live` and the buyers to that. Every
-- move keeps these sums; this is for where something else than a move has written into Redis.
--
-- KEYS[1] item hash   KEYS[2] reservations hash   KEYS[3] buyers hash
-- ARGV[1] 1 to set, 0 to look   ARGV[2] ms for which gateways may still believe "sold out"
--
-- Answers { live as it was, units that the reservations hold, users whose units differed, 1 where the item was sold out before and no
-- longer is, else 0 }. Reads every reservation in one step, during which Redis answers nobody else: 0.5 s for 100 000 on busy cores.

local held, users = 0, {}
for _, record in ipairs(redis.call('HVALS', KEYS[2])) do
  local user, quantity = string.match(record, '^[ROP]|([^|]*)|(%d+)|')
  if user then
    held = held + quantity
    users[user] = (users[user] or 0) + quantity
  end
end

local differing = {}
local buyers = redis.call('HGETALL', KEYS[3])
for i = 1, #buyers, 2 do
  local user, units = buyers[i], tonumber(buyers[i + 1])
  if units ~= (users[user] or 0) then differing[#differing + 1] = user end
  if units == users[user] then users[user] = nil end
end
-- What is left in `users` is counted wrongly or not at all.
local known = {}
for _, user in ipairs(differing) do known[user] = true end
for user in pairs(users) do
  if not known[user] then differing[#differing + 1] = user end
end

local item = redis.call('HMGET', KEYS[1], 'stock', 'live')
local stock, live = tonumber(item[1] or 0), tonumber(item[2] or 0)
local restocked = 0
if ARGV[1] == '1' then
  for _, user in ipairs(differing) do
    if users[user] then redis.call('HSET', KEYS[3], user, string.format('%.0f', users[user]))
    else redis.call('HDEL', KEYS[3], user) end
  end
  if live ~= held then redis.call('HSET', KEYS[1], 'live', string.format('%.0f', held)) end
  if stock - live <= 0 and stock - held > 0 then
    local time = redis.call('TIME')
    local heldUntil = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[2])
    redis.call('HSET', KEYS[1], 'heldUntil', string.format('%.0f', heldUntil))
    restocked = 1
  end
end
return { live, held, #differing, restocked }
