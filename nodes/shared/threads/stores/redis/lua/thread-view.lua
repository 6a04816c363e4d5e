-- Head of the scripts that answer with a thread; messages, seen and state are KEYS[1] to [3].
local function view(limit)
	local newest = {}
	if limit > 0 then newest = redis.call('LRANGE', KEYS[1], -limit, -1) end
	return {
		redis.call('GET', KEYS[3]) or '',
		tonumber(redis.call('HGET', KEYS[2], 'd') or 0),
		redis.call('LLEN', KEYS[1]),
		newest,
	}
end
