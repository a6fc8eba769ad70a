-- probe: writes a value that is never read, to find out whether Redis takes writes at present.
--
-- KEYS[1] probe string, forgotten after a second
--
-- Returns 1. Fails with Redis's reason if it is out of memory, lacks replicas, cannot write to disk, or the user lacks a right.

-- include: lib/clock.lua

redis.call('SET', KEYS[1], string.format('%.0f', clockMs()), 'PX', 1000)
return 1
