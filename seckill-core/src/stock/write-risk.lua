-- write-risk: puts the rules and lists of risk control where gateways read them, unless newer ones are there (two workers may write at once).
--
-- KEYS[1] settings as JSON   KEYS[2] version of the settings, which gateways poll
-- ARGV[1] version   ARGV[2] settings as JSON
--
-- Returns 1 written, 0 an equal or newer version is there.

local there = tonumber(redis.call('GET', KEYS[2]))
if there and there >= tonumber(ARGV[1]) and redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
return 1
