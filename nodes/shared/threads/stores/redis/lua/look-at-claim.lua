-- KEYS: claim. Answers like the script that takes it, and takes nothing.
local found = redis.call('GET', KEYS[1])
if not found then return { 'free' } end
local held, _, record = string.match(found, '^(%S+) (%S+) (.*)$')
-- Damaged: whoever reads the record says so.
if not held then return { 'held', found } end
if held == 'settled' then return { 'settled', record } end
local clock = redis.call('TIME')
local ms = math.floor((clock[1] * 1000000 + clock[2]) / 1000)
if is_held(held, ms) then return { 'held', record } end
return { 'free', record }
