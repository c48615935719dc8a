-- Throws dice: `!dice 2d6+3`, `!roll d20 for the door`, `!coin`.

local MAX_DICE = 100
local MAX_SIDES = 1000
local MAX_TERMS = 8
local MAX_NUMBER = 1000000
-- More throws than this are told as a sum only.
local SHOWN = 20

-- One term such as `2d6`, `4d6k3` (the three highest), `d%` or `3`.
local function term(text)
  local count, sides, keep = string.match(text, "^(%d*)d(%d+)k?(%d*)$")
  if not sides then
    local number = tonumber(string.match(text, "^%d+$"))
    return number and { number = number }
  end
  local has_keep = string.find(text, "k", 1, true) ~= nil
  if has_keep and keep == "" then
    return nil
  end
  return { count = tonumber(count) or 1, sides = tonumber(sides), keep = tonumber(keep) }
end

-- Reads `2d6+3-1`; nil if it is nothing of the kind, or a key of the texts that says what is too much.
local function read(expression)
  local terms, n_dice = {}, 0
  for sign, part in string.gmatch("+" .. expression, "([+-])([^+-]*)") do
    local it = term(part)
    if not it or #terms == MAX_TERMS then
      return nil, if it then "too-long" else nil
    end
    it.is_minus = sign == "-"
    n_dice += it.count or 0
    if MAX_DICE < n_dice or MAX_SIDES < (it.sides or 1) or MAX_NUMBER < (it.number or 0) then
      return nil, "too-much"
    end
    if it.sides == 0 or it.count == 0 or it.keep and (it.keep == 0 or it.count < it.keep) then
      return nil, "no-such-die"
    end
    table.insert(terms, it)
  end
  return terms
end

local function throw(cx, it)
  local throws = {}
  for n = 1, it.count do
    throws[n] = cx.random(it.sides)
  end
  if it.keep then
    table.sort(throws, function(a, b)
      return a > b
    end)
    throws = table.move(throws, 1, it.keep, 1, {})
  end
  return throws
end

-- Throws all terms; gives the sum and what came up, as words.
local function total(cx, terms)
  local sum, shown, n_shown = 0, "", 0
  for _, it in terms do
    for _, number in if it.number then { it.number } else throw(cx, it) do
      sum += if it.is_minus then -number else number
      local sign = if it.is_minus then " - " elseif shown == "" then "" else " + "
      shown ..= sign .. number
      n_shown += 1
    end
  end
  return sum, if 1 < n_shown and n_shown <= SHOWN then shown .. " = " .. sum else tostring(sum)
end

-- The expression, written the one way, and what it is for. People write `2к6`, `d%` and blanks around signs.
local function split(cx, text)
  local plain = cx.text.lower(cx.text.plain(text, 200))
  plain = string.gsub(plain, "%s*([+-])%s*", "%1")
  local expression, rest = string.match(plain, "^(%S*)%s*(.*)$")
  for from, to in { ["к"] = "d", ["д"] = "d", ["%%"] = "100" } do
    expression = string.gsub(expression, from, to)
  end
  return expression, rest
end

local function dice(cx, args)
  local expression, what_for = split(cx, args.dice or "")
  if expression == "" then
    expression = cx.option.dice
  end
  local terms, why = read(expression)
  if not terms then
    return cx:reply(cx.t(why or "not-dice", { dice = MAX_DICE, sides = MAX_SIDES, terms = MAX_TERMS }))
  end
  local _, shown = total(cx, terms)
  local head = if what_for == "" then expression else expression .. " (" .. cx.text.plain(what_for, 60) .. ")"
  cx:reply(head .. ": " .. shown)
end

local function coin(cx)
  cx:reply(cx.t(if cx.random(2) == 1 then "heads" else "tails"))
end

return {
  name = "dice",
  api = 1,
  description = { en = "Throws dice and coins.", ru = "Бросает кости и монеты." },
  options = {
    dice = {
      type = "string",
      default = "1d6",
      max = 40,
      help = { en = "What is thrown if nothing is said.", ru = "Что бросать, если не сказано." },
    },
  },
  commands = {
    {
      name = "dice",
      names = { ru = "кости" },
      aliases = { "roll", "кубик" },
      args = { { "dice", "rest", optional = true, names = { ru = "кости" } } },
      help = { en = "Throws dice, as many and as large as you say.", ru = "Бросает кости: сколько и какие скажете." },
      examples = { { "dice 2d6+1" }, { "dice 3d1+2", "3d1+2: 1 + 1 + 1 + 2 = 5" } },
      run = dice,
    },
    {
      name = "coin",
      names = { ru = "монета" },
      aliases = { "flip", "монетка" },
      help = { en = "Tosses a coin.", ru = "Подбрасывает монету." },
      run = coin,
    },
  },
}
