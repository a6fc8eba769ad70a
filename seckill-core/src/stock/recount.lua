-- recount: counts the units that an item's reservations hold, in total and by user, and on request sets `live`, `paid` and the buyers to the result.
-- Every move keeps these sums; this repairs them after something other than a move has written to Redis.
--
-- KEYS[1] item hash   KEYS[2] reservations hash   KEYS[3] buyers hash   KEYS[4] won string
-- ARGV[1] 0 only to count, 1 to set, 2 to set and to write the winners' marks: in a rebuild only, since gateways read them by offset
-- ARGV[2] ms for which gateways may still believe "sold out"
--
-- Returns { live as it was, units that the reservations hold, users whose units differed, 1 if the item was sold out and no longer is, else 0 }.
-- Reads every reservation in one step, during which Redis answers no other client: 0.5 s for 100 000 on busy cores.

-- include: lib/record.lua
-- include: lib/restocked.lua

local held, paid, users = 0, 0, {}
for _, record in ipairs(redis.call('HVALS', KEYS[2])) do
  local user, quantity = unitsHeld(record)
  if user then
    held = held + quantity
    if string.sub(record, 1, 1) == 'P' then paid = paid + quantity end
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
-- The users left in `users` are counted wrongly or not at all.
local known = {}
for _, user in ipairs(differing) do known[user] = true end
for user in pairs(users) do
  if not known[user] then differing[#differing + 1] = user end
end

local item = redis.call('HMGET', KEYS[1], 'stock', 'live')
local stock, live = tonumber(item[1] or 0), tonumber(item[2] or 0)
if ARGV[1] == '0' then return { live, held, #differing, 0 } end

for _, user in ipairs(differing) do
  if users[user] then redis.call('HSET', KEYS[3], user, string.format('%.0f', users[user]))
  else redis.call('HDEL', KEYS[3], user) end
end
if ARGV[1] == '2' then
  local marks = {}
  for i, id in ipairs(redis.call('HKEYS', KEYS[2])) do marks[i] = string.sub(id, 25, 30) end
  redis.call('SET', KEYS[4], table.concat(marks))
  if #marks == 0 then redis.call('DEL', KEYS[4]) end
  redis.call('HDEL', KEYS[1], 'lost')
end
if live ~= held then redis.call('HSET', KEYS[1], 'live', string.format('%.0f', held)) end
redis.call('HSET', KEYS[1], 'paid', string.format('%.0f', paid))
return { live, held, #differing, restocked(stock - live, stock - held, tonumber(ARGV[2])) }
