-- KEYS: index. ARGV: deadline, base of message keys, base of state keys, prefix, how many threads,
-- where to go on, the lowest score, how many entries to look at.
-- Answers with 1 when the index is at its end, then score, id, state, count and newest message of
-- each thread; the last score alone tells where to go on when nothing was found.
local prefix, wanted, batch = ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[8])
local entries = redis.call(
	'ZREVRANGEBYSCORE', KEYS[1], ARGV[6], ARGV[7], 'WITHSCORES', 'LIMIT', 0, batch)
local found, last = {}, ''
for i = 1, #entries, 2 do
	local id = entries[i]
	last = entries[i + 1]
	if string.sub(id, 1, #prefix) == prefix then
		local kept = redis.call('LLEN', ARGV[2] .. id)
		if kept == 0 then
			redis.call('ZREM', KEYS[1], id)
		else
			found[#found + 1] = {
				last,
				id,
				redis.call('GET', ARGV[3] .. id) or '',
				kept,
				redis.call('LINDEX', ARGV[2] .. id, -1),
			}
			if #found == wanted then break end
		end
	end
end
local ended = #entries < batch * 2 and #found < wanted
return { ended and 1 or 0, last, found }
