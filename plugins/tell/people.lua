-- Who is meant by a name: someone here, someone who spoke here before, a JID.

local KEEP = "90d"
-- So many new names of one person are learned before the plugin is started again: whoever changes nicks all day fills nothing.
local MOST_NAMES = 8

-- So many names are remembered as learned, until then the plugin looks them all up again.
local MOST_LEARNED = 5000

local learned, n_names, n_learned = {}, {}, 0

local people = {}

function people.book_key(cx, nick)
  return "book:" .. cx.text.lower(nick)
end

-- Remembers that this nick is theirs, once while the plugin runs.
function people.learn(cx, event)
  local key = people.book_key(cx, event.nick)
  local seen = event.room .. " " .. key
  local n = n_names[event.identity] or 0
  if learned[seen] == event.identity or MOST_NAMES <= n or 400 < #key then
    return
  end
  if MOST_LEARNED <= n_learned then
    learned, n_names, n_learned, n = {}, {}, 0, 0
  end
  n_learned += 1
  learned[seen] = event.identity
  n_names[event.identity] = n + 1
  cx.store:set(key, { identity = event.identity, nick = cx.text.plain(event.nick, 60) }, KEEP)
end

local function here(cx, name)
  local lower, found = cx.text.lower(name), nil
  for _, it in cx:occupants() do
    if it.nick == name then
      return it
    end
    if cx.text.lower(it.nick) == lower then
      found = it
    end
  end
  return found
end

-- Gives nick, identity where it is known, and whether they are here or are the bot itself.
function people.find(cx, name)
  local it = here(cx, name)
  if it then
    return { nick = it.nick, identity = it.identity, is_here = true, is_bot = it.is_self }
  end
  if string.find(name, "^[^%s@/]+@[^%s@/]+%.?[^%s@/]+$") then
    return { nick = name, identity = cx.text.lower(name) }
  end
  local known = cx.store:get(people.book_key(cx, name))
  if known then
    return { nick = known.nick, identity = known.identity }
  end
  return { nick = name }
end

-- Whether an identity is a JID, which is the same person in every room.
function people.is_everywhere(identity)
  return string.find(identity, "@", 1, true) ~= nil and not string.find(identity, "^occupant:")
end

return people
