-- Reads when something is to be: `in 2h 30m`, `через 2 часа`, `at 18:00`, `tomorrow at 9`, `31.12 в 18:00`, `2026-12-31`.

local MINUTE, HOUR, DAY = 60, 3600, 86400

local UNITS = {}
local function units(seconds, names)
  for name in string.gmatch(names, "%S+") do
    UNITS[name] = seconds
  end
end
units(1, "s sec secs second seconds с сек секунду секунды секунд")
units(MINUTE, "m min mins minute minutes м мин минуту минуты минут минутку")
units(HOUR, "h hr hrs hour hours ч час часа часов часик")
units(DAY, "d day days д день дня дней сутки суток")
units(7 * DAY, "w week weeks н нед неделю недели недель")

local DAYS = { today = 0, tomorrow = 1, ["сегодня"] = 0, ["завтра"] = 1, ["послезавтра"] = 2 }
local FILLERS = { ["in"] = true, ["через"] = true, ["and"] = true, ["и"] = true }
local AT = { at = true, on = true, ["в"] = true, ["во"] = true, ["к"] = true }

local when = {}

-- `2h30m` and the like; nil if the whole word is not that.
local function compact(word)
  local span, n_bytes = 0, 0
  for number, unit in string.gmatch(word, "(%d+)([^%d%s]+)") do
    local size = UNITS[unit]
    if not size or 6 < #number then
      return nil
    end
    span += tonumber(number) * size
    n_bytes += #number + #unit
  end
  return if 0 < n_bytes and n_bytes == #word then span else nil
end

-- The span that words from `i` on say, and the word after it.
local function span_at(words, i)
  local span = 0
  while words[i] do
    local word = words[i]
    local one = compact(word) or (word == "полчаса" and HOUR / 2 or nil)
    local number = string.match(word, "^%d%d?%d?%d?%d?%d?$")
    if one then
      span, i = span + one, i + 1
    elseif number and UNITS[words[i + 1]] then
      span, i = span + tonumber(number) * UNITS[words[i + 1]], i + 2
    elseif (word == "a" or word == "an" or word == "one") and UNITS[words[i + 1]] then
      span, i = span + UNITS[words[i + 1]], i + 2
    elseif span == 0 and UNITS[word] and 2 < #word then
      span, i = UNITS[word], i + 1
    elseif 0 < span and FILLERS[word] and (compact(words[i + 1] or "") or UNITS[words[i + 2]]) then
      i += 1
    else
      break
    end
  end
  return span, i
end

-- `18:05`, or `18` where a time of day must follow.
local function time_of(word, must)
  local hour, minute = string.match(word or "", "^(%d%d?)[:.](%d%d)$")
  if not hour and must then
    hour, minute = string.match(word or "", "^(%d%d?)$"), "0"
  end
  hour, minute = tonumber(hour), tonumber(minute)
  if hour and minute and hour < 24 and minute < 60 then
    return hour, minute
  end
end

-- `2026-12-31`, `31.12.2026`, `31.12`, with the year that makes it lie ahead.
local function date_of(word, now)
  local year, month, day = string.match(word, "^(%d%d%d%d)-(%d%d?)-(%d%d?)$")
  if not year then
    day, month, year = string.match(word, "^(%d%d?)%.(%d%d)%.(%d%d%d%d)$")
  end
  if not year then
    day, month = string.match(word, "^(%d%d?)%.(%d%d)%.?$")
    if not day or tonumber(month) == 0 or 12 < tonumber(month) then
      return nil
    end
    local is_past = tonumber(month) * 100 + tonumber(day) < now.month * 100 + now.day
    year = now.year + (if is_past then 1 else 0)
  end
  return { year = tonumber(year), month = tonumber(month), day = tonumber(day) }
end

local function day_after(cx, now, n, zone)
  local it = cx.time.parts(now + n * DAY, zone)
  return { year = it.year, month = it.month, day = it.day }
end

-- The instant that a date and a time of day say; a time without a date is the next there is.
local function instant(cx, zone, date, hour, minute)
  local now = cx.time.now()
  local function on(day)
    local text = string.format("%04d-%02d-%02d %02d:%02d", day.year, day.month, day.day, hour, minute)
    return (cx.time.parse(text, "%Y-%m-%d %H:%M", zone))
  end
  if date then
    return on(date)
  end
  local at = on(day_after(cx, now, 0, zone))
  return if at and now < at then at else on(day_after(cx, now, 1, zone))
end

-- A date, a time of day or both, from word `i` on; gives the instant and the word after it.
local function clock_at(cx, words, i, zone)
  local now = cx.time.now()
  local date, hour, minute
  local is_said = false
  for _ = 1, 4 do
    local word = words[i]
    if not word then
      break
    end
    local n_days = DAYS[word]
    local given = not date and (n_days and day_after(cx, now, n_days, zone) or date_of(word, cx.time.parts(now, zone)))
    local new_hour, new_minute = time_of(word, is_said)
    if new_hour and not hour then
      hour, minute, i = new_hour, new_minute, i + 1
    elseif given then
      date, i = given, i + 1
    elseif AT[word] then
      i += 1
      is_said = true
      continue
    else
      break
    end
    is_said = false
  end
  if not hour and not date then
    return nil, i
  end
  return instant(cx, zone, date, hour or 9, minute or 0), i
end

-- Reads the words of a line; gives the instant, and how many words said it. Nil if they say none.
function when.read(cx, words, zone)
  local i = 1
  if words[i] == "me" or words[i] == "мне" then
    i += 1
  end
  local is_in = FILLERS[words[i]]
  local span, after = span_at(words, if is_in then i + 1 else i)
  if 0 < span then
    return cx.time.now() + span, after - 1
  end
  local at, behind = clock_at(cx, words, i, zone)
  return at, behind - 1
end

return when
