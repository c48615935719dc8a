-- The greetings of a room: for one person, for newcomers, for an affiliation.

local MOST_BYTES = 50000
local MOST = 200

local words = {}

-- Kinds that are no person.
words.KINDS = {
  newcomers = "newcomers",
  ["новички"] = "newcomers",
  ["новичков"] = "newcomers",
  owners = "owner",
  owner = "owner",
  ["владельцы"] = "owner",
  admins = "admin",
  admin = "admin",
  ["админы"] = "admin",
  members = "member",
  member = "member",
  ["участники"] = "member",
  others = "none",
  none = "none",
  ["остальные"] = "none",
}

function words.all(cx)
  return cx.store:get("greetings") or { people = {}, kinds = {} }
end

-- Changes them; gives false if they would be too many.
function words.change(cx, change)
  local fits = true
  cx.store:update("greetings", function(old)
    local all = old or { people = {}, kinds = {} }
    all.people, all.kinds = all.people or {}, all.kinds or {}
    change(all)
    local n = 0
    for _ in all.people do
      n += 1
    end
    fits = n <= MOST and #cx.json.encode(all) <= MOST_BYTES
    return if fits then all else old
  end)
  return fits
end

-- The greeting for somebody who comes: their own, that for newcomers, that of their affiliation.
function words.of(cx, event, is_new)
  local all = words.all(cx)
  local own = all.people[event.identity]
  if own then
    return own.text, true
  end
  local for_newcomers = all.kinds.newcomers or (cx.option.text ~= "" and cx.option.text or nil)
  if is_new and for_newcomers and event.affiliation == "none" then
    return for_newcomers
  end
  return all.kinds[event.affiliation]
end

return words
