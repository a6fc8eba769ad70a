-- observe: reads what a gateway may answer from memory: stock left, state, and the winners it does not know yet. Changes nothing.
--
-- KEYS[1] item hash   KEYS[2] won string
-- ARGV[1] run id of the Redis process the caller is connected to   ARGV[2] generation of the winners the caller knows
-- ARGV[3] length of `won` that the caller knows                     ARGV[4] most characters of `won` to return
--
-- Returns { now, known (1 or 0), left, state, generation, length of `won`, characters of `won` from the known length on, progress (see reserve),
-- live units that are not paid, -1 if that is not known, units that can be won now: none while returned ones are held back }.
-- If the generation has changed, the characters begin at 0.

-- include: lib/clock.lua

local now = clockMs()
local item = redis.call('HMGET', KEYS[1], 'runId', 'stock', 'live', 'state', 'generation', 'progress', 'paid',
  'heldUntil', 'reopensAt')
if item[1] ~= ARGV[1] then return { now, 0, 0, '', '', 0, '', 0, -1, 0 } end
local from = item[5] == ARGV[2] and tonumber(ARGV[3]) or 0
local tail = redis.call('GETRANGE', KEYS[2], from, from + tonumber(ARGV[4]) - 1)
local live = tonumber(item[3])
local left = math.max(0, tonumber(item[2]) - live)
local isHeld = now < math.max(tonumber(item[8] or 0), tonumber(item[9] or 0))
local unpaid = item[7] and live - tonumber(item[7]) or -1
return { now, 1, left, item[4], item[5], redis.call('STRLEN', KEYS[2]), tail, tonumber(item[6] or 0), unpaid,
  isHeld and 0 or left }
