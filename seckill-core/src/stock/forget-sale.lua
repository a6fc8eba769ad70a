-- forget-sale: takes a sale that ended long ago out of the catalogue. An empty catalogue stays empty: a counter would mean that it is complete.
--
-- KEYS[1] sales hash (saleId -> settings as JSON)   KEYS[2] version counter that gateways poll
-- ARGV[1] saleId
--
-- Returns 1 forgotten, 0 it was not there.

if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('INCR', KEYS[2])
return 1
