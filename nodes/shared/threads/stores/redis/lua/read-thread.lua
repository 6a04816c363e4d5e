-- KEYS: messages, seen, state. ARGV: limit.
return view(tonumber(ARGV[1]))
