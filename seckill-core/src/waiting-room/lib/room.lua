-- room: reads the room in KEYS[1].
--
-- `now` is Redis's clock in ms, `room` has the room's fields as texts. isKnown(runId, progressSeen) returns whether the room can be used: it was
-- verified on this Redis process, and is no older copy than one that the caller has seen. count(field) returns a field as a number, whole(number) a
-- number as text. write(field, text, …) writes fields and moves the progress on.

-- include: lib/clock.lua

local now = clockMs()
local GRACE = 2000 -- ms for which a claim still counts after its end or its win, because the units may have been read before
local room = {}
do
  local fields = { 'runId', 'epoch', 'progress', 'joined:n', 'joined:p', 'served:n', 'served:p', 'entries:n', 'entries:p',
    'key:n', 'key:p', 'turns', 'openedAt' }
  local values = redis.call('HMGET', KEYS[1], unpack(fields))
  for i, field in ipairs(fields) do room[field] = values[i] end
end

local function isKnown(runId, progressSeen)
  if room.runId ~= runId then return false end
  if tonumber(room.progress) >= tonumber(progressSeen) then return true end
  -- People are missing here. The room stays closed until it is rebuilt, and the rebuild continues from the progress that was seen.
  redis.call('HDEL', KEYS[1], 'runId')
  redis.call('HSET', KEYS[1], 'progress', progressSeen)
  return false
end

local function count(field) return tonumber(room[field] or 0) end

-- Lua's own text of a large number has an exponent.
local function whole(number) return string.format('%.0f', number) end

local function write(...)
  room.progress = whole(tonumber(room.progress) + 1)
  redis.call('HSET', KEYS[1], 'progress', room.progress, ...)
end
