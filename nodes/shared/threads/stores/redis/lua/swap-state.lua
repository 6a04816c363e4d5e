-- KEYS: state. ARGV: deadline, the state it was made from, the new state, age in ms.
-- Answers false when it took the new state, else with the state that is there.
local present = redis.call('GET', KEYS[1]) or ''
if present ~= ARGV[2] then return { present } end
if ARGV[3] == '' then
	redis.call('DEL', KEYS[1])
else
	redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
return false
