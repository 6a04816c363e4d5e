-- KEYS: index, record. ARGV: deadline, key, the value it was made from, the new value; '' is none.
-- Answers false when it took the new value, else with the value that is there.
--
-- Should Redis stop in between, a record that no list shows is better than one that is lost.
local present = value_of(KEYS[2], ARGV[2])
local before = ARGV[3] ~= '' and ARGV[3]
if present ~= before then return { present } end
if ARGV[4] == '' then
	redis.call('ZREM', KEYS[1], ARGV[2])
	redis.call('DEL', KEYS[2])
else
	redis.call('SET', KEYS[2], ARGV[4])
	redis.call('ZADD', KEYS[1], 0, ARGV[2])
end
return false
