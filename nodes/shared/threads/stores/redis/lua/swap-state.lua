-- KEYS: state. ARGV: deadline, the state it was made from, the new state, age in ms.
-- Answers false when it took the new state, else with the state that is there.
local present = redis.call('GET', KEYS[1]) or ''
if present ~= ARGV[2] then return { present } end
local kind = string.sub(ARGV[3], 1, 1)
if kind == '' then
	redis.call('DEL', KEYS[1])
elseif kind == 'K' then
	redis.call('SET', KEYS[1], ARGV[3])
else
	redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
end
return false
