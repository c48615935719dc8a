-- The facts: those of a room in its store, those for all rooms in the plugin's.

local PREFIX = "f:"
local MOST_VERSIONS = 4

local base = {}

-- The key as it is compared and shown; nil if there is nothing of it.
function base.key(cx, given)
  local key = cx.text.key(cx.text.plain(given, 60))
  return if key == "" then nil else key
end

function base.room(cx)
  return cx.store.room
end

function base.everywhere(cx)
  return cx.store.plugin
end

-- A fact of the room, else one for all rooms.
function base.find(cx, key)
  local own = cx.store.room:get(PREFIX .. key)
  if own then
    return own
  end
  return cx.store.plugin:get(PREFIX .. key), true
end

function base.get(store, key)
  return store:get(PREFIX .. key)
end

function base.put(cx, store, key, text)
  store:update(PREFIX .. key, function(old)
    local versions = { { text = text, nick = cx.text.plain(cx.nick, 60), at = cx.time.now() } }
    for _, it in old and old.versions or {} do
      if #versions < MOST_VERSIONS then
        table.insert(versions, it)
      end
    end
    return { owner = old and old.owner or cx.identity, versions = versions }
  end)
end

function base.drop(store, key)
  store:delete(PREFIX .. key)
end

function base.keys(store)
  local found = {}
  for _, it in store:keys(PREFIX) do
    table.insert(found, string.sub(it, #PREFIX + 1))
  end
  return found
end

return base
