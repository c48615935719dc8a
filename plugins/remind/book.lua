-- The reminders that are kept: by when they are due, and those whose people were not here then.

local MOST_IN_ROOM = 500
local LATE_FOR = "30d"

local book = {}

-- When the next is due in each room, as far as is known, and for whom something is late.
local next_due, late = {}, {}

local function due_of(key)
  return tonumber(string.match(key, "^r:(%d+):"))
end

local function to_come(list, now)
  local found = {}
  for _, it in list or {} do
    if now < it.due then
      table.insert(found, it)
    end
  end
  return found
end

-- Reminders of this person that are to come, soonest first.
function book.mine(cx)
  return to_come(cx.store.person_here:get("mine"), cx.time.now())
end

-- Adds to the list of this person's, of which there are at most so many; gives whether it fitted.
local function add_to_mine(cx, entry, most)
  local now, fits = cx.time.now(), false
  cx.store.person_here:update("mine", function(old)
    local mine = to_come(old, now)
    fits = #mine < most
    if fits then
      table.insert(mine, entry)
    end
    table.sort(mine, function(a, b)
      return a.due < b.due
    end)
    return mine
  end, "400d")
  return fits
end

-- Puts one in; gives why not, as a key of the texts.
function book.add(cx, due, reminder, most)
  if MOST_IN_ROOM <= #cx.store:keys("r:") then
    return "room-full"
  end
  local key = string.format("r:%012d:%06d", due, cx.random(999999))
  if not add_to_mine(cx, { key = key, due = due, text = cx.text.plain(reminder.text, 60) }, most) then
    return "too-many"
  end
  -- Kept some days longer, so that a bot that was away catches up.
  cx.store:set(key, reminder, due - cx.time.now() + 30 * 86400)
  -- Where nothing was looked for yet, there may be sooner ones.
  if next_due[cx.room] then
    next_due[cx.room] = math.min(next_due[cx.room], due)
  end
  return nil
end

function book.cancel(cx, n)
  local now, gone = cx.time.now(), nil
  cx.store.person_here:update("mine", function(old)
    local mine = to_come(old, now)
    gone = table.remove(mine, n)
    return mine
  end, "400d")
  if gone then
    cx.store:delete(gone.key)
  end
  return gone
end

-- Drops all of this person's.
function book.drop_mine(cx)
  for _, it in book.mine(cx) do
    cx.store:delete(it.key)
  end
  cx.store.person_here:delete("mine")
end

-- Those that are due, at most so many, with their keys; looks into the store only when there may be one.
function book.due(cx, most)
  local now, found = cx.time.now(), {}
  if next_due[cx.room] and now < next_due[cx.room] then
    return found
  end
  local keys, soonest = cx.store:keys("r:"), math.huge
  for _, key in keys do
    local due = due_of(key)
    if due and due <= now and #found < most then
      local reminder = cx.store:get(key)
      table.insert(found, { key = key, reminder = reminder })
    elseif due then
      soonest = math.min(soonest, due)
    end
  end
  next_due[cx.room] = soonest
  return found
end

function book.done(cx, key)
  cx.store:delete(key)
end

local function late_key(identity)
  return "late:" .. string.sub(identity, 1, 400)
end

local function late_here(cx)
  if not late[cx.room] then
    local found = {}
    for _, key in cx.store:keys("late:") do
      found[key] = true
    end
    late[cx.room] = late[cx.room] or found
  end
  return late[cx.room]
end

-- Keeps one for when its person comes back.
function book.keep_late(cx, reminder)
  local key = late_key(reminder.identity)
  cx.store:update(key, function(old)
    local list = old or {}
    table.insert(list, reminder)
    return table.move(list, math.max(1, #list - 9), #list, 1, {})
  end, LATE_FOR)
  late_here(cx)[key] = true
end

function book.take_late(cx, identity)
  local key, taken = late_key(identity), {}
  if not late_here(cx)[key] then
    return taken
  end
  cx.store:update(key, function(old)
    taken = old or {}
    return nil
  end)
  late_here(cx)[key] = nil
  return taken
end

return book
