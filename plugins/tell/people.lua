-- Who is meant by a name: someone here, someone who spoke here before, a JID.

local KEEP, DAY = "90d", 86400
-- A nick stays whose it was until they have not spoken under it for so long: nobody gets messages by taking a nick.
local STAYS_FOR = 7 * DAY
-- So many new names of one person are learned before the plugin is started again: whoever changes nicks all day fills nothing.
local MOST_NAMES = 8

-- So many names are remembered as learned, until then the plugin looks them all up again.
local MOST_LEARNED = 5000

local learned, names, n_learned = {}, {}, 0

local people = {}

function people.book_key(cx, nick)
  return "book:" .. cx.text.lower(nick)
end

-- Whether nobody would know them again once they have left.
function people.is_nobody(identity)
  return string.find(identity, "^stay:") ~= nil
end

-- Whether this is news; notes it if so.
local function is_news(event, seen)
  local it, day = learned[seen], event.at // DAY
  if it and it.identity == event.identity and it.day == day then
    return false
  end
  if MOST_LEARNED <= n_learned then
    learned, names, n_learned = {}, {}, 0
  end
  local own = names[event.identity] or { n = 0 }
  if not own[seen] and MOST_NAMES <= own.n then
    return false
  end
  n_learned += if learned[seen] then 0 else 1
  own.n += if own[seen] then 0 else 1
  own[seen] = true
  learned[seen], names[event.identity] = { identity = event.identity, day = day }, own
  return true
end

-- Remembers that this nick is theirs, once a day.
function people.learn(cx, event)
  local key = people.book_key(cx, event.nick)
  if people.is_nobody(event.identity) or 400 < #key or not is_news(event, event.room .. " " .. key) then
    return
  end
  cx.store:update(key, function(old)
    local is_others = old and old.identity ~= event.identity and event.at - old.at < STAYS_FOR
    return if is_others then old else { identity = event.identity, nick = cx.text.plain(event.nick, 60), at = event.at }
  end, KEEP)
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
