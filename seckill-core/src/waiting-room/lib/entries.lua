-- entries: who is shuffled. Needs lib/room.lua; the entry ids of the lanes are in KEYS[3] and KEYS[4].
--
-- closeEntries(entriesUntil) closes entries if their time has come, and returns whether they are closed. entriesLost() returns whether Redis has lost
-- some, and closes the room then.

local ENTRY = 12 -- characters of an entry id

-- Closes entries if their time has come: who is shuffled is fixed by this. Returns whether they are closed.
local function closeEntries(entriesUntil)
  if room['entries:n'] then return true end
  if now < tonumber(entriesUntil) then return false end
  room['entries:n'], room['entries:p'] = whole(count('joined:n')), whole(count('joined:p'))
  write('entries:n', room['entries:n'], 'entries:p', room['entries:p'])
  return true
end

-- Returns whether Redis has lost entries, which would be missing in the shuffle. They are not looked at any more once their shuffle has a key.
local function entriesLost()
  local n, p = tonumber(room['entries:n'] or count('joined:n')), tonumber(room['entries:p'] or count('joined:p'))
  local lost = (not room['key:n'] and redis.call('STRLEN', KEYS[3]) ~= ENTRY * n) or (not room['key:p'] and redis.call('STRLEN', KEYS[4]) ~= ENTRY * p)
  if lost then redis.call('HDEL', KEYS[1], 'runId') end
  return lost
end
