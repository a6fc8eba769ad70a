-- begin-rebuild: closes an item for sale and marks it, before the orders are replayed into it. Whatever Redis still holds of it stays.
--
-- KEYS[1] item hash
-- ARGV[1] a mark that nobody else uses
--
-- Answers 1. Should Redis lose its data between this and open-item, the mark is lost too, and open-item refuses.

redis.call('HDEL', KEYS[1], 'runId')
redis.call('HSET', KEYS[1], 'rebuild', ARGV[1])
redis.call('HSETNX', KEYS[1], 'live', 0)
return 1
