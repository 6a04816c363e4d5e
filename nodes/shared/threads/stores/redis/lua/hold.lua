-- Head of the scripts that look at a claim's hold: its end in ms, then its length. One that ends
-- further away than its length was taken before the server's clock was set back, and is over; clocks
-- that differ by a minute are none that were set back.
local function is_held(held, ms)
	local ends, length = string.match(held, '^(%d+)/(%d+)$')
	return tonumber(ends) > ms and tonumber(ends) - ms <= tonumber(length) + 60000
end
local function hold_from(ms, length)
	return string.format('%.0f/%.0f', ms + length, length)
end
