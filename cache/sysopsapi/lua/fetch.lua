-- Reads a row, unless it is none or too large to be sent: {"row", ms left to live, items...}, or what is
-- wrong with it and how.
local key, max_bytes = KEYS[1], tonumber(ARGV[1])

local kind = redis.call('TYPE', key).ok
if kind == 'none' then return {'gone'} end
if kind ~= 'list' then return {'damaged', 'its key is a ' .. kind .. ', not a list'} end
local n = redis.call('LLEN', key)
if n ~= 5 then return {'damaged', n .. ' items instead of 5'} end
local items, bytes = redis.call('LRANGE', key, 0, 4), 0
for _, item in ipairs(items) do bytes = bytes + #item end
if bytes > max_bytes then return {'large', string.format('%.0f bytes stored, at most %.0f', bytes, max_bytes)} end
return {'row', string.format('%.0f', redis.call('PTTL', key)), unpack(items)}
