-- When not to greet: in a flood of joins, after a netsplit, somebody who was greeted lately.

-- More than so many joins in so many seconds are no visit but a flood.
local MANY, WITHIN = 5, 15
-- And keep the plugin silent for so long.
local SILENT = 60
-- So many greetings a minute in a room.
local A_MINUTE = 4
-- After the bot itself came in, everybody else may come back too.
local AFTER_JOINED = 30
-- So many people not known before are written down an hour in a room.
local MOST_NEW, HOUR = 200, 3600

local rooms = {}

local calm = {}

local function of(room)
  rooms[room] = rooms[room] or { joins = {}, greeted = {}, silent_until = 0, new_since = 0, n_new = 0 }
  return rooms[room]
end

local function recent(times, now, span)
  local kept = {}
  for _, at in times do
    if now - at < span then
      table.insert(kept, at)
    end
  end
  return kept
end

function calm.joined(room, now)
  of(room).silent_until = now + AFTER_JOINED
end

-- Notes a join; gives whether there are too many to greet anybody.
function calm.is_flood(room, now)
  local it = of(room)
  it.joins = recent(it.joins, now, WITHIN)
  table.insert(it.joins, now)
  if MANY < #it.joins then
    it.joins = { now }
    it.silent_until = now + SILENT
  end
  return now < it.silent_until
end

-- Whether one more greeting is possible this minute; counts it if so.
function calm.may_greet(room, now)
  local it = of(room)
  it.greeted = recent(it.greeted, now, 60)
  if A_MINUTE <= #it.greeted then
    return false
  end
  table.insert(it.greeted, now)
  return true
end

-- Whether one more person may be remembered.
function calm.may_remember(room, now)
  local it = of(room)
  if HOUR < now - it.new_since then
    it.new_since, it.n_new = now, 0
  end
  it.n_new += 1
  return it.n_new <= MOST_NEW
end

return calm
