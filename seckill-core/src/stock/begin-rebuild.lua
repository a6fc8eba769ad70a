-- begin-rebuild: closes an item for sale and marks it, before the orders are replayed into it. What Redis still holds of the item stays.
--
-- KEYS[1] item hash   KEYS[2] reservations hash
-- ARGV[1] a mark that no other rebuild uses
--
-- Returns 1, or 2 if Redis has lost a part of the item: then the sums must be counted again before the replay, which relies on them.
-- If Redis loses its data between this and open-item, the mark is lost too, and open-item refuses.

local whole = redis.call('HEXISTS', KEYS[1], 'live') == 1 or redis.call('EXISTS', KEYS[2]) == 0
local lost = redis.call('HEXISTS', KEYS[1], 'lost') == 1 or not whole
redis.call('HDEL', KEYS[1], 'runId')
redis.call('HSET', KEYS[1], 'rebuild', ARGV[1])
-- An item that an earlier version opened has live units but no count of paid ones, which then stays unknown.
if redis.call('HSETNX', KEYS[1], 'live', 0) == 1 then redis.call('HSETNX', KEYS[1], 'paid', 0) end
return lost and 2 or 1
