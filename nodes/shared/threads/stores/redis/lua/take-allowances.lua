-- An allowance is one string: when its hour began, in ms; how much of it is used; who was refused first.
-- KEYS: allowances. ARGV: deadline, who asks, the hour in ms, how much there is of each.
-- Takes one of each, or none where one is used up. Answers with the position of that one, or -1, and
-- whether nobody else was refused before.
local ms, hour = math.floor(now / 1000), tonumber(ARGV[3])
local counts, used_up = {}, -1
for i, key in ipairs(KEYS) do
	local since, used, told = ms, 0, ''
	local found = redis.call('GET', key)
	if found then
		local began, count, whom = string.match(found, '^(%d+) (%d+) (.*)$')
		began = tonumber(began)
		-- Clocks that differ by a minute are none that were set back.
		if began <= ms + 60000 and ms < began + hour then
			since, used, told = began, tonumber(count), whom
		end
	end
	counts[i] = { since, used, told }
	if used_up < 0 and used >= tonumber(ARGV[3 + i]) then used_up = i - 1 end
end

local function keep(key, count)
	local value = string.format('%.0f %d %s', count[1], count[2], count[3])
	redis.call('SET', key, value, 'PX', string.format('%.0f', count[1] + hour - ms))
end

if used_up < 0 then
	for i, key in ipairs(KEYS) do
		counts[i][2] = counts[i][2] + 1
		keep(key, counts[i])
	end
	return { -1, 0 }
end
if counts[1][3] == '' then
	counts[1][3] = ARGV[2]
	keep(KEYS[1], counts[1])
end
return { used_up, counts[1][3] == ARGV[2] and 1 or 0 }
