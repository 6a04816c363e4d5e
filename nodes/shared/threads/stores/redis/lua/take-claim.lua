-- A claim is one string: its hold, or `settled`; its token; its record.
-- KEYS: claim. ARGV: deadline, token, hold in ms, ms to keep it after the hold, record of a new one.
-- Answers with how it stood before and the record found there; what was free is taken now.
local ms = math.floor(now / 1000)
local found = redis.call('GET', KEYS[1])
local record = ARGV[5]
if found then
	local held, _, left = string.match(found, '^(%S+) (%S+) (.*)$')
	-- Damaged: whoever reads the record says so.
	if not held then return { 'held', found } end
	if held == 'settled' then return { 'settled', left } end
	if is_held(held, ms) then return { 'held', left } end
	record = left
end
local held = hold_from(ms, tonumber(ARGV[3]))
local keep = string.format('%.0f', ARGV[3] + ARGV[4])
redis.call('SET', KEYS[1], held .. ' ' .. ARGV[2] .. ' ' .. record, 'PX', keep)
if found then return { 'free', record } end
return { 'free' }
