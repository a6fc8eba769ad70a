-- begin-rebuild: closes an item for sale and marks it, before the orders are replayed into it. What Redis still holds of the item stays.
--
-- KEYS[1] item hash
-- ARGV[1] a mark that no other rebuild uses
--
-- Returns 1. If Redis loses its data between this and open-item, the mark is lost too, and open-item refuses.

redis.call('HDEL', KEYS[1], 'runId')
redis.call('HSET', KEYS[1], 'rebuild', ARGV[1])
redis.call('HSETNX', KEYS[1], 'live', 0)
return 1
