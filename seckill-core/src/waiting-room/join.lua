-- join: gives each user a number in their lane of a sale's waiting room, or the one they have. Numbers of a lane are 1, 2, 3, …
--
-- KEYS[1] room hash   KEYS[2] claims zset   KEYS[3] entriesN string   KEYS[4] entriesP string   KEYS[5] tickets hash
-- ARGV[1] run id of the Redis process the caller is connected to   ARGV[2] the highest progress of the room that the caller has seen
-- ARGV[3] ms at which entries close   ARGV[4] 1 if only users with a ticket may join after that   ARGV[5] ms after which a turn is stale
-- ARGV[6] the users as one JSON array: userId, lane (n or p), entryId, over, place, userId, … `over` is the record of a ticket that the caller
--         believes to have ended, or empty; `place` is its place in the lane
--
-- Returns a JSON array: now (ms), epoch, progress, entries of lanes n and p (-1 until they are closed), record, record, … For each user the record
-- of their ticket, empty if a draw takes no more entries. Only { now } if the room is not known.
-- Idempotent under the user id: a ticket is replaced only if its claim was used, has ended, or its turn was missed.

-- include: lib/room.lua
-- include: lib/turns.lua
-- include: lib/entries.lua

if not isKnown(ARGV[1], ARGV[2]) or entriesLost() then return cjson.encode({ now }) end
-- Redis has lost the tickets.
if count('joined:n') + count('joined:p') > 0 and redis.call('EXISTS', KEYS[5]) == 0 then
  redis.call('HDEL', KEYS[1], 'runId')
  return cjson.encode({ now })
end

local closed = closeEntries(ARGV[3])
local asked = cjson.decode(ARGV[6])
local users = {}
for i = 1, #asked, 5 do users[#users + 1] = asked[i] end
local records = redis.call('HMGET', KEYS[5], unpack(users))
local turns, added, writes = nil, {}, {}
local joined, entries = { n = count('joined:n'), p = count('joined:p') }, { n = {}, p = {} }
local answers = { now, room.epoch, '', closed and count('entries:n') or -1, closed and count('entries:p') or -1 }

local function isOver(record, user, place)
  local lane, mark = string.sub(record, 1, 1), string.sub(record, -1)
  if mark == '!' then return true end
  if mark == '+' then return tonumber(redis.call('ZSCORE', KEYS[2], user) or 0) <= now end
  turns = turns or liveTurns(tonumber(ARGV[5]))
  return place <= count('served:' .. lane) and not turnOf(turns, lane, place)
end

for i, user in ipairs(users) do
  local lane, entryId, over, place = asked[i * 5 - 3], asked[i * 5 - 2], asked[i * 5 - 1], asked[i * 5]
  local record = added[user] or records[i] or ''
  local mayJoin = record == '' and not (closed and ARGV[4] == '1') or record ~= '' and record == over and isOver(record, user, place)
  if mayJoin then
    joined[lane] = joined[lane] + 1
    record = lane .. whole(joined[lane])
    if not closed then entries[lane][#entries[lane] + 1] = entryId end
    added[user] = record
    writes[#writes + 1] = user
    writes[#writes + 1] = record
  end
  answers[#answers + 1] = record
end

if #writes > 0 then
  redis.call('HSET', KEYS[5], unpack(writes))
  if #entries.n > 0 then redis.call('APPEND', KEYS[3], table.concat(entries.n)) end
  if #entries.p > 0 then redis.call('APPEND', KEYS[4], table.concat(entries.p)) end
  write('joined:n', whole(joined.n), 'joined:p', whole(joined.p))
end
answers[3] = room.progress
return cjson.encode(answers)
