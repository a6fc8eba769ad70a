-- turns: the turns that were given within the stale time, in the room's field `turns` as `lane,from,upTo,at,taken;…`: places of a lane, when they
-- were served (ms), and how many of them were taken up. Turns of one second are one entry, so that there are few. Needs lib/room.lua.
--
-- liveTurns(staleMs) returns those that are not stale, formatTurns(turns) their text, turnOf(turns, lane, place) the one that has a place.
-- freeTurns(turns, units, unitsAt, weight) returns how many more people may get a turn. The claims are in KEYS[2].

-- Returns the turns that are not stale yet. If the clock has stepped back, a turn counts from now on.
local function liveTurns(staleMs)
  local turns = {}
  for lane, from, upTo, at, taken in string.gmatch(room.turns or '', '(%a),(%d+),(%d+),(%d+),(%d+);') do
    local turn = { lane = lane, from = tonumber(from), upTo = tonumber(upTo), at = math.min(tonumber(at), now), taken = tonumber(taken) }
    if now - turn.at < staleMs then turns[#turns + 1] = turn end
  end
  return turns
end

local function formatTurns(turns)
  local texts = {}
  for i, turn in ipairs(turns) do
    texts[i] = string.format('%s,%.0f,%.0f,%.0f,%.0f;', turn.lane, turn.from, turn.upTo, turn.at, turn.taken)
  end
  return table.concat(texts)
end

local function turnOf(turns, lane, place)
  for _, turn in ipairs(turns) do
    if turn.lane == lane and turn.from <= place and place <= turn.upTo then return turn end
  end
end

-- Returns how many more people may get a turn: each one that is not used yet needs `weight` units. `units` were left at `unitsAt`; figures that
-- are older than a second, or of a clock that has been set, do not count.
local function freeTurns(turns, units, unitsAt, weight)
  if units < 0 or unitsAt > now or now - unitsAt > 1000 then return 0 end
  -- A rebuilt room does not know who won a moment before it opened. If the clock has stepped back, it opened now.
  if count('openedAt') > now then
    room.openedAt = whole(now)
    redis.call('HSET', KEYS[1], 'openedAt', room.openedAt)
  end
  if unitsAt <= count('openedAt') then return 0 end
  local outstanding = redis.call('ZCOUNT', KEYS[2], '(' .. whole(now), '+inf')
  for _, turn in ipairs(turns) do outstanding = outstanding + turn.upTo - turn.from + 1 - turn.taken end
  return math.floor(units / weight) - outstanding
end
