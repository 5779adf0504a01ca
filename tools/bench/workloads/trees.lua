-- Binary trees, strings and tables: the Lua garbage collector over malloc.
-- Usage: lua5.4 trees.lua ROUNDS
local rounds = tonumber(arg[1])

local function tree(depth)
  if depth == 0 then return {} end
  return { tree(depth - 1), tree(depth - 1) }
end

local function count(node)
  if not node[1] then return 1 end
  return 1 + count(node[1]) + count(node[2])
end

local nodes, words = 0, {}
for round = 1, rounds do
  nodes = nodes + count(tree(13))
  for i = 1, 4000 do
    local word = ("key-%d-%d"):format(round % 50, i)
    words[word] = (words[word] or 0) + #word:upper()
  end
end

local sum = 0
for _, length in pairs(words) do sum = sum + length end
print(nodes, sum)
