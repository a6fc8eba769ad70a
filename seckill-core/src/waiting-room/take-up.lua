-- take-up: turns into claims the turns of users who want to buy now. A claim is the right to buy for a limited time.
--
-- KEYS[1] room hash   KEYS[2] claims zset   KEYS[3] tickets hash
-- ARGV[1] run id of the Redis process the caller is connected to   ARGV[2] the highest progress of the room that the caller has seen
-- ARGV[3] ms that a claim lasts, from its turn on   ARGV[4] ms after which a turn is stale   ARGV[5] 1 if a missed turn may be taken up later
-- ARGV[6] units left, -1 if they are not known   ARGV[7] ms at which they were read   ARGV[8] units that a claim may take
-- ARGV[9] the users as one JSON array: userId, record (lane and number of their ticket), place in the lane, userId, …
--
-- Returns a JSON array: now (ms), epoch, progress, places served of lanes n and p, answer, until, answer, until, … For each user the answer as a
-- number (see take-up.ts) and until when they may buy (ms, 0 without a claim). Only { now } if the room is not known.
-- Idempotent: a claim that lasts is answered as it was given.

-- include: lib/room.lua
-- include: lib/turns.lua

local TAKEN, REPEATED, WAITING, MISSED, USED, ENDED, ANOTHER_TICKET = 0, 1, 2, 3, 4, 5, 6

if not isKnown(ARGV[1], ARGV[2]) then return cjson.encode({ now }) end
local claimMs, keeps = tonumber(ARGV[3]), ARGV[5] == '1'
local turns = liveTurns(tonumber(ARGV[4]))
local asked = cjson.decode(ARGV[9])
local users = {}
for i = 1, #asked, 3 do users[#users + 1] = asked[i] end
local records = redis.call('HMGET', KEYS[3], unpack(users))
local given, writes, claims = {}, {}, {}
local answers = { now, room.epoch, '', count('served:n'), count('served:p') }
local free -- turns for those who come late, counted if one does

local function lateClaim()
  free = free or freeTurns(turns, tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]))
  if free < 1 then return nil end
  free = free - 1
  return now + claimMs
end

local function decide(user, record, ticket, place)
  if given[user] then return REPEATED, given[user] end
  if string.gsub(record, '[+!]$', '') ~= ticket then return ANOTHER_TICKET, 0 end
  local lane, mark = string.sub(record, 1, 1), string.sub(record, -1)
  if mark == '!' then return USED, 0 end
  if mark == '+' then
    local ends = tonumber(redis.call('ZSCORE', KEYS[2], user) or 0) - GRACE
    if ends > now then return REPEATED, ends end
    return ENDED, 0
  end
  if place > count('served:' .. lane) then return WAITING, 0 end
  local turn = turnOf(turns, lane, place)
  local ends
  if turn then
    ends = turn.at + claimMs
    turn.taken = turn.taken + 1
  elseif keeps then
    ends = lateClaim()
    if not ends then return WAITING, 0 end
  else return MISSED, 0 end
  given[user] = ends
  writes[#writes + 1] = user
  writes[#writes + 1] = ticket .. '+'
  claims[#claims + 1] = whole(ends + GRACE)
  claims[#claims + 1] = user
  return TAKEN, ends
end

for i, user in ipairs(users) do
  local answer, ends = decide(user, records[i] or '', asked[i * 3 - 1], asked[i * 3])
  answers[#answers + 1] = answer
  answers[#answers + 1] = ends
end

if #writes > 0 then
  redis.call('HSET', KEYS[3], unpack(writes))
  redis.call('ZADD', KEYS[2], unpack(claims))
  write('turns', formatTurns(turns))
end
answers[3] = room.progress
return cjson.encode(answers)
