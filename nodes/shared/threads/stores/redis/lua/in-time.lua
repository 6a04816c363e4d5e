-- Head of every script that writes; ARGV[1] is its deadline, in milliseconds by the server's clock.
-- A script that a stalled server comes to only after its caller has given up changes nothing: the
-- caller was told that it failed. Gives the others `now`, microseconds since 1970.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
if now > tonumber(ARGV[1]) * 1000 then
	return redis.error_reply('LATE the caller has given up')
end
