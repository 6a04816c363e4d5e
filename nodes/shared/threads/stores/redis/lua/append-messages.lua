-- KEYS: messages, seen, state, index, dropped.
-- ARGV: deadline, thread id, limit, messages to keep, age in ms, base of message keys, how many bytes
-- of a message stand for its SID, how many SIDs of dropped messages to keep, messages.
-- Answers with the positions of the messages that were new, then the thread.
--
-- Whatever can fail on foreign data is read before the first write, and a text is written before
-- its SID is marked as seen: should Redis stop in between, a repeated text is better than a lost one.
local keep, age, sid_bytes, first = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[7]), 9
local remembered = tonumber(ARGV[8])
local kept = redis.call('LLEN', KEYS[1])
local state = redis.call('GET', KEYS[3]) or ''
local top = redis.call('ZREVRANGE', KEYS[4], 0, 0, 'WITHSCORES')

-- Of a SID's bytes, as many as tell some hundred apart.
local function mark(sid) return string.sub(sid, -8) end
local dropped = redis.call('GET', KEYS[5]) or ''

local fresh = {}
for i = first, #ARGV do
	local sid = string.sub(ARGV[i], 1, sid_bytes)
	if redis.call('HEXISTS', KEYS[2], sid) == 0 and not string.find(dropped, mark(sid), 1, true) then
		kept = redis.call('RPUSH', KEYS[1], ARGV[i])
		redis.call('HSET', KEYS[2], sid, '')
		fresh[#fresh + 1] = i - first
	end
end

if #fresh > 0 then
	local over = kept - keep
	if over > 0 then
		local gone = { dropped }
		for i = 1, over do
			local sid = string.sub(redis.call('LPOP', KEYS[1]), 1, sid_bytes)
			redis.call('HDEL', KEYS[2], sid)
			gone[i + 1] = mark(sid)
		end
		dropped = string.sub(table.concat(gone), -8 * remembered)
		redis.call('SET', KEYS[5], dropped)
		redis.call('HINCRBY', KEYS[2], 'd', over)
	end

	local ends = string.format('%.0f', math.floor(now / 1000) + age)
	redis.call('PEXPIREAT', KEYS[1], ends)
	redis.call('PEXPIREAT', KEYS[2], ends)
	if dropped ~= '' then redis.call('PEXPIREAT', KEYS[5], ends) end
	if state ~= '' then redis.call('PEXPIREAT', KEYS[3], ends) end

	-- Every write scores higher than all before it, even where the server's clock was set back.
	local score = math.max(now, tonumber(top[2] or 0) + 1)
	local joined = redis.call('ZADD', KEYS[4], string.format('%.0f', score), ARGV[2])
	if joined == 1 then
		-- Each thread that joins sends up to two away that have ended: the index cannot outgrow them.
		local before = string.format('%.0f', now - age * 1000)
		local old = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', before, 'LIMIT', 0, 2)
		for _, id in ipairs(old) do
			if redis.call('EXISTS', ARGV[6] .. id) == 0 then redis.call('ZREM', KEYS[4], id) end
		end
	end
end
return { fresh, view(tonumber(ARGV[3])) }
