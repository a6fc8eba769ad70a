-- write-sale: puts a sale's settings into the catalogue that gateways read, unless newer ones are there (two workers may announce at once).
--
-- KEYS[1] sales hash (saleId -> settings as JSON)   KEYS[2] version counter that gateways poll
-- ARGV[1] saleId   ARGV[2] version   ARGV[3] settings as JSON
--
-- Returns 1 written, 0 an equal or newer version is there.

-- include: lib/clock.lua

local there = redis.call('HGET', KEYS[1], ARGV[1])
if there and cjson.decode(there).version >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
-- The counter begins at the time in ms: a catalogue that was lost and written again never reaches a number it had before.
redis.call('SET', KEYS[2], string.format('%.0f', clockMs()), 'NX')
redis.call('INCR', KEYS[2])
return 1
