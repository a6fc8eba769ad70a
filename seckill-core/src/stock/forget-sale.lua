-- forget-sale: takes a sale that is long past out of the catalogue. An empty catalogue stays one: a counter would say that it is complete.
--
-- KEYS[1] sales hash (saleId -> settings as JSON)   KEYS[2] version counter that gateways poll
-- ARGV[1] saleId
--
-- Answers 1 forgotten, 0 it was not there.

if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('INCR', KEYS[2])
return 1
