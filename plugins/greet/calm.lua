-- When not to greet: in a flood of joins, after a netsplit, somebody who was greeted lately.

-- More than so many joins in so many seconds are no visit but a flood.
local MANY, WITHIN = 5, 15
-- And keep the plugin silent for so long.
local SILENT = 60
-- So many greetings a minute in a room.
local A_MINUTE = 4
-- And so many an hour for people whom nobody would know again: each time they come in they are new.
local STRANGERS = 6
-- After the bot itself came in, everybody else may come back too.
local AFTER_JOINED = 30
-- So many people not known before are written down an hour in a room.
local MOST_NEW, HOUR = 200, 3600

local rooms = {}

local calm = {}

local function of(room)
  rooms[room] = rooms[room] or { joins = {}, greeted = {}, strangers = {}, silent_until = 0, new_since = 0, n_new = 0 }
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

-- Whether one more greeting is possible this minute, this hour; counts it if so.
function calm.may_greet(room, identity, now)
  local it, is_stranger = of(room), string.find(identity, "^stay:") ~= nil
  it.greeted, it.strangers = recent(it.greeted, now, 60), recent(it.strangers, now, HOUR)
  if A_MINUTE <= #it.greeted or is_stranger and STRANGERS <= #it.strangers then
    return false
  end
  table.insert(it.greeted, now)
  if is_stranger then
    table.insert(it.strangers, now)
  end
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
