-- KEYS: index. ARGV: base of record keys, where to begin, where to end, how many.
-- Answers with key and value of each, in the order of the keys' bytes.
local found = redis.call('ZRANGEBYLEX', KEYS[1], ARGV[2], ARGV[3], 'LIMIT', 0, ARGV[4])
for i, key in ipairs(found) do
	found[i] = { key, value_of(ARGV[1] .. key, key) }
end
return found
