-- The scores of a room in one value, and what each person may still give.

local DAY = 86400
local HOUR = 3600
local MOST_BYTES = 55000
local LONGEST_IDENTITY = 200

local scores = {}

function scores.key_of(identity)
  return string.sub(identity, 1, LONGEST_IDENTITY)
end

-- Makes room: of those with the least to lose, whoever was not changed for longest goes.
local function make_room(cx, all)
  while MOST_BYTES < #cx.json.encode(all) do
    local worst, least
    for key, it in all do
      local worth = math.abs(it.n) * DAY + it.at
      if not least or worth < least then
        worst, least = key, worth
      end
    end
    all[worst] = nil
  end
end

-- Adds to somebody's score; gives it as it is then.
function scores.add(cx, person, by)
  local now = 0
  cx.store:update("scores", function(all)
    all = all or {}
    local key = scores.key_of(person.identity)
    local it = all[key] or { n = 0 }
    it.n = math.clamp(it.n + by, -1000000, 1000000)
    it.nick, it.at = cx.text.plain(person.nick, 40), math.floor(cx.time.now())
    all[key] = it
    now = it.n
    make_room(cx, all)
    return all
  end)
  return now
end

function scores.all(cx)
  return cx.store:get("scores") or {}
end

function scores.forget(cx, identity)
  cx.store:update("scores", function(all)
    if all then
      all[scores.key_of(identity)] = nil
    end
    return all
  end)
end

-- Takes one gift from what somebody may give a day; gives why not, as a key of the texts.
function scores.take_gift(cx, to)
  local why
  local now, key = cx.time.now(), scores.key_of(to)
  cx.store.person_here:update("given", function(old)
    local it = if old and now - old.since < DAY then old else { since = now, n = 0, last = {} }
    why = nil
    if it.last[key] and now - it.last[key] < HOUR then
      why = "lately"
    elseif cx.option.a_day <= it.n then
      why = "enough"
    else
      it.n += 1
      it.last[key] = now
    end
    return it
  end, "1d")
  return why
end

return scores
