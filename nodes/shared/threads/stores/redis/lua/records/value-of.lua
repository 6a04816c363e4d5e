-- Head of the scripts that look at records; the index of their keys is KEYS[1].
-- What is kept under a key, false for nothing. 0 where the index has the key alone: the server threw
-- the value out, and whoever reads this must not take it for nothing.
local function value_of(at, key)
	local found = redis.call('GET', at)
	if not found and redis.call('ZSCORE', KEYS[1], key) then return 0 end
	return found
end
