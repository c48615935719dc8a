-- Messages that wait, each box for one identity or for a nick of which no identity is known.

local KEY_BYTES = 500

local box = {}

-- So many keys are listed at once. Where there are more boxes, those that are not listed are looked for when asked for,
-- and so many of the answers remembered.
local MOST_LISTED, MOST_LOOKED = 1000, 5000

-- Which boxes there are, and which there are not, as far as is known; none changes them but this plugin.
local waiting, is_whole, n_looked = nil, true, 0

local function load_waiting(cx)
  if waiting then
    return
  end
  local found, keys = {}, cx.store.plugin:keys("box:")
  for _, key in keys do
    found[key] = true
  end
  if not waiting then
    waiting, is_whole = found, #keys < MOST_LISTED
  end
end

-- Whether there is such a box.
local function is_there(cx, key)
  load_waiting(cx)
  if waiting[key] == nil and not is_whole then
    if MOST_LOOKED <= n_looked then
      waiting, n_looked = {}, 0
    end
    n_looked += 1
    local found = cx.store.plugin:get(key) ~= nil
    -- Somebody may have put something in meanwhile.
    waiting[key] = waiting[key] or found
  end
  return waiting[key] == true
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
  if not is_there(cx, key) then
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
    waiting[key] = false
  end
  return taken
end

-- What is in a box.
function box.look(cx, key)
  return still_good(cx, cx.store.plugin:get(key))
end

return box
