-- KEYS: claim. ARGV: deadline, token, hold in ms or `settled`, ms to keep it, record.
-- Answers 0, and changes nothing, unless the token holds the claim.
local found = redis.call('GET', KEYS[1])
if not found then return 0 end
local held, token = string.match(found, '^(%S+) (%S+) ')
if token ~= ARGV[2] or held == 'settled' then return 0 end
held = ARGV[3]
if held ~= 'settled' then held = hold_from(math.floor(now / 1000), tonumber(held)) end
redis.call('SET', KEYS[1], held .. ' ' .. token .. ' ' .. ARGV[5], 'PX', ARGV[4])
return 1
