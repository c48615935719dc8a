-- What is remembered of each person in a room: nick, when and how they were last noticed, earlier nicks.

local MOST_NICKS = 10
-- So many people not known before are written down an hour in a room: a raid fills nothing.
local MOST_NEW = 200
local HOUR = 3600
-- Spoken words are noted in the store this seldom.
local SPOKE_EVERY = 600
-- And in memory of so many people, until then all is forgotten.
local MOST_SPOKEN = 5000

local spoken, n_spoken = {}, 0
local new = {}

local memory = {}

local function key_of(identity)
  return "id:" .. string.sub(identity, 1, 400)
end

local function nick_key(cx, nick)
  return "nick:" .. string.sub(cx.text.lower(nick), 1, 400)
end

local function may_add(room, now)
  local it = new[room]
  if not it or HOUR < now - it.since then
    it = { since = now, n = 0 }
    new[room] = it
  end
  it.n += 1
  return it.n <= MOST_NEW
end

local function add_nick(nicks, nick)
  local kept = { nick }
  for _, it in nicks or {} do
    if it ~= nick and #kept < MOST_NICKS then
      table.insert(kept, it)
    end
  end
  return kept
end

-- Whether somebody asked not to be remembered.
function memory.is_hidden(cx, identity)
  return cx.store:get("hidden:" .. string.sub(identity, 1, 400)) ~= nil
end

-- Writes down what somebody did.
function memory.note(cx, event, what, extra)
  if memory.is_hidden(cx, event.identity) then
    return
  end
  local nick, keep = cx.text.plain(event.nick, 60), cx.option.keep
  local said_at, is_noted = memory.said_at(event), false
  cx.store:update(key_of(event.identity), function(old)
    is_noted = old ~= nil or may_add(event.room, event.at)
    if not is_noted then
      return nil
    end
    local nicks = add_nick(old and old.nicks, nick)
    return { nick = nick, nicks = nicks, what = what, extra = extra, at = event.at, said_at = said_at or old and old.said_at }
  end, keep)
  if is_noted then
    cx.store:set(nick_key(cx, nick), event.identity, keep)
  end
end

function memory.said_at(event)
  return spoken[event.room .. " " .. event.identity]
end

-- Notes that somebody spoke: not what. Only now and then in the store.
function memory.spoke(cx, event)
  local key = event.room .. " " .. event.identity
  local before = spoken[key]
  if before == nil then
    if MOST_SPOKEN <= n_spoken then
      spoken, n_spoken = {}, 0
    end
    n_spoken += 1
  end
  spoken[key] = event.at
  if before == nil or before // SPOKE_EVERY < event.at // SPOKE_EVERY then
    memory.note(cx, event, "spoke")
  end
end

-- What is known of whoever had this nick last, or of this identity.
function memory.of_nick(cx, nick)
  local identity = cx.store:get(nick_key(cx, nick))
  if identity and not memory.is_hidden(cx, identity) then
    return cx.store:get(key_of(identity)), identity
  end
end

function memory.of_identity(cx, identity)
  if not memory.is_hidden(cx, identity) then
    return cx.store:get(key_of(identity))
  end
end

-- Forgets somebody, and remembers only not to begin again.
function memory.hide(cx, identity)
  local known = cx.store:get(key_of(identity))
  for _, nick in known and known.nicks or {} do
    cx.store:delete(nick_key(cx, nick))
  end
  cx.store:delete(key_of(identity))
  cx.store:set("hidden:" .. string.sub(identity, 1, 400), true)
end

function memory.show(cx, identity)
  cx.store:delete("hidden:" .. string.sub(identity, 1, 400))
end

return memory
