-- KEYS: index, records. ARGV: the key of each. Answers with the value of each.
local values = {}
for i, key in ipairs(ARGV) do
	values[i] = value_of(KEYS[i + 1], key)
end
return values
