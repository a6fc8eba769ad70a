-- clock: reads Redis's clock.
--
-- clockMs() returns the ms since 1970, a whole number.

local function clockMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
