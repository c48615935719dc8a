-- Messages that wait, each box for one identity or for a nick of which no identity is known.

local KEY_BYTES = 500

local box = {}

-- Which boxes there are, read once; none changes them but this plugin.
local waiting

local function load_waiting(cx)
  if waiting then
    return
  end
  local found = {}
  for _, key in cx.store.plugin:keys("box:") do
    found[key] = true
  end
  waiting = waiting or found
end

function box.of_identity(identity)
  return "box:to:" .. identity
end

function box.of_nick(cx, room, nick)
  return "box:nick:" .. room .. " " .. cx.text.lower(nick)
end

-- The box of whoever was found by name; nil if it cannot be kept.
function box.of(cx, person)
  local key = if person.identity then box.of_identity(person.identity) else box.of_nick(cx, cx.room, person.nick)
  return if #key <= KEY_BYTES then key else nil
end

local function still_good(cx, messages)
  local now, good = cx.time.now(), {}
  for _, it in messages or {} do
    if now < it.till then
      table.insert(good, it)
    end
  end
  return good
end

-- Puts a message in; gives false if the box is full.
function box.put(cx, key, message)
  load_waiting(cx)
  local is_full = false
  cx.store.plugin:update(key, function(old)
    local messages = still_good(cx, old)
    is_full = cx.option.most_for_one <= #messages
    if not is_full then
      table.insert(messages, message)
    end
    return messages
  end, cx.option.keep)
  waiting[key] = true
  return not is_full
end

-- Takes out what `wanted` picks.
function box.take(cx, key, wanted)
  load_waiting(cx)
  if not waiting[key] then
    return {}
  end
  local taken, left = {}, {}
  cx.store.plugin:update(key, function(old)
    taken, left = {}, {}
    for _, it in still_good(cx, old) do
      table.insert(if wanted(it) then taken else left, it)
    end
    return if #left == 0 then nil else left
  end, cx.option.keep)
  if #left == 0 then
    waiting[key] = nil
  end
  return taken
end

-- What is in a box.
function box.look(cx, key)
  return still_good(cx, cx.store.plugin:get(key))
end

return box
