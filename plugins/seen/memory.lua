-- What is remembered in a room: of each person the nicks, of each nick when and how it was last noticed.

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

-- The nicks with this one first, and that for which there is no place any more.
local function add_nick(nicks, nick)
  local kept, dropped = { nick }, nil
  for _, it in nicks or {} do
    if it == nick then
      continue
    elseif #kept < MOST_NICKS then
      table.insert(kept, it)
    else
      dropped = it
    end
  end
  return kept, dropped
end

-- Whether somebody asked not to be remembered.
function memory.is_hidden(cx, identity)
  return cx.store:get("hidden:" .. string.sub(identity, 1, 400)) ~= nil
end

local function forget_nick(cx, nick, identity)
  local it = cx.store:get(nick_key(cx, nick))
  if it and it.identity == identity then
    cx.store:delete(nick_key(cx, nick))
  end
end

-- Adds to somebody's nicks; gives whether they are remembered at all.
local function note_nick(cx, event, nick)
  local is_noted, dropped = false, nil
  cx.store:update(key_of(event.identity), function(old)
    is_noted = old ~= nil or may_add(event.room, event.at)
    if not is_noted then
      return nil
    end
    local nicks
    nicks, dropped = add_nick(old and old.nicks, nick)
    return { nick = nick, nicks = nicks }
  end, cx.option.keep)
  if dropped then
    forget_nick(cx, dropped, event.identity)
  end
  return is_noted
end

-- What was done last under a nick: nothing that was done under another tells of it.
local function note_deed(cx, event, nick, what, extra)
  local deed = { identity = event.identity, nick = nick, at = event.at, what = what, extra = extra }
  cx.store:set(nick_key(cx, nick), deed, cx.option.keep)
end

-- Writes down what somebody did.
function memory.note(cx, event, what)
  local nick = cx.text.plain(event.nick, 60)
  if not memory.is_hidden(cx, event.identity) and note_nick(cx, event, nick) then
    note_deed(cx, event, nick, what)
  end
end

-- Writes down a change of nicks, under both.
function memory.renamed(cx, event)
  local old, new = cx.text.plain(event.old_nick, 60), cx.text.plain(event.nick, 60)
  if not memory.is_hidden(cx, event.identity) and note_nick(cx, event, new) then
    note_deed(cx, event, old, "became", new)
    note_deed(cx, event, new, "renamed", old)
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

-- What was done last under this nick.
function memory.of_nick(cx, nick)
  local deed = cx.store:get(nick_key(cx, nick))
  if deed and not memory.is_hidden(cx, deed.identity) then
    return deed
  end
end

function memory.of_identity(cx, identity)
  if not memory.is_hidden(cx, identity) then
    return cx.store:get(key_of(identity))
  end
end

-- Forgets somebody, and remembers only not to begin again: of whom nobody would know again, not for long.
function memory.hide(cx, identity)
  local known = cx.store:get(key_of(identity))
  for _, nick in known and known.nicks or {} do
    forget_nick(cx, nick, identity)
  end
  cx.store:delete(key_of(identity))
  local keep = if string.find(identity, "^stay:") then "1d" else nil
  cx.store:set("hidden:" .. string.sub(identity, 1, 400), true, keep)
end

function memory.show(cx, identity)
  cx.store:delete("hidden:" .. string.sub(identity, 1, 400))
end

return memory
