-- KEYS: claim. ARGV: deadline, token. Changes nothing unless the token holds the claim.
local found = redis.call('GET', KEYS[1])
if not found then return 0 end
local held, token = string.match(found, '^(%S+) (%S+) ')
if token ~= ARGV[2] or held == 'settled' then return 0 end
return redis.call('DEL', KEYS[1])
