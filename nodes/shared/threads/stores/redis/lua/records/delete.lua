-- KEYS: index, record. ARGV: deadline, key. Answers how much there was.
local listed = redis.call('ZREM', KEYS[1], ARGV[2])
return listed + redis.call('DEL', KEYS[2])
