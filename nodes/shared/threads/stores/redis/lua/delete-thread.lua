-- KEYS: messages, seen, state, index, dropped. ARGV: deadline, thread id. Answers how much there was.
redis.call('ZREM', KEYS[4], ARGV[2])
return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[5])
