-- The notes of a room: each under its key, with who wrote it and what it was before.

local MOST_VERSIONS = 4
local PREFIX = "n:"

local shelf = {}

-- The key as it is compared and shown; nil if there is nothing of it.
function shelf.key(cx, given)
  local key = cx.text.key(cx.text.plain(given, 40))
  return if key == "" then nil else key
end

function shelf.get(cx, key)
  return cx.store:get(PREFIX .. key)
end

function shelf.keys(cx)
  local found = {}
  for _, it in cx.store:keys(PREFIX) do
    table.insert(found, string.sub(it, #PREFIX + 1))
  end
  return found
end

-- Writes a note; what it was goes to its history.
function shelf.put(cx, key, text)
  cx.store:update(PREFIX .. key, function(old)
    local versions = { { text = text, nick = cx.text.plain(cx.nick, 60), by = cx.identity, at = cx.time.now() } }
    for _, it in old and old.versions or {} do
      if #versions < MOST_VERSIONS then
        table.insert(versions, it)
      end
    end
    return { owner = old and old.owner or cx.identity, versions = versions }
  end, cx.option.keep)
end

function shelf.drop(cx, key)
  cx.store:delete(PREFIX .. key)
end

return shelf
