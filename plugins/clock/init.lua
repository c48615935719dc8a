-- What time it is somewhere: `!clock Helsinki`, `!clock Europe/Paris`, `!clock UTC+3`.

local NICKNAMES = {
  ["spb"] = "saint petersburg",
  ["st petersburg"] = "saint petersburg",
  ["питер"] = "санкт-петербург",
  ["спб"] = "санкт-петербург",
  ["msk"] = "moscow",
  ["мск"] = "москва",
  ["екб"] = "екатеринбург",
  ["нн"] = "нижний новгород",
  ["nyc"] = "new york",
  ["la"] = "los angeles",
  ["sf"] = "san francisco",
  ["kiev"] = "kyiv",
  ["odessa"] = "odesa",
}
local MOST_NEAR = 5

-- Cities by their folded names, read when first asked for.
local cities

-- A name as it is compared: `Нью-Йорк`, `нью йорк` and `NEW YORK` have one form each.
local function key(cx, name)
  return (string.gsub(cx.text.key(name), "[%s_-]+", " "))
end

local function read(cx)
  local found = {}
  for line in string.gmatch(cx.file("cities.txt"), "[^\n]+") do
    local en, ru, zone = string.match(line, "^(.-)|(.-)|(.*)$")
    local city = { en = en, ru = ru, zone = zone }
    found[key(cx, en)], found[key(cx, ru)] = city, city
  end
  return found
end

-- `UTC+3` as the zone of that name, whose sign is the other way round.
local function offset_zone(name)
  local sign, hours = string.match(string.upper(name), "^UTC%s*([+-])(%d%d?)$")
  if not sign then
    sign, hours = string.match(string.upper(name), "^GMT%s*([+-])(%d%d?)$")
  end
  return sign and "Etc/GMT" .. (if sign == "+" then "-" else "+") .. tonumber(hours)
end

local function name_of(cx, city)
  return if string.sub(cx.lang, 1, 2) == "ru" then city.ru else city.en
end

-- Where that is: how it is called, and its zone.
local function find(cx, given)
  cities = cities or read(cx)
  local wanted = key(cx, given)
  local city = cities[wanted] or cities[key(cx, NICKNAMES[wanted] or "")]
  if city then
    return name_of(cx, city), city.zone
  end
  local zone = offset_zone(given) or given
  if string.find(zone, "^[%w_+/-]+$") and pcall(cx.time.parts, 0, zone) then
    return given, zone
  end
end

-- Cities whose name begins so.
local function near(cx, given)
  local wanted, found, seen = key(cx, given), {}, {}
  for name, city in cities do
    if #wanted < 3 or string.sub(name, 1, #wanted) ~= wanted or seen[city.en] then
      continue
    end
    seen[city.en] = true
    table.insert(found, name_of(cx, city))
  end
  table.sort(found)
  return table.concat(table.move(found, 1, math.min(#found, MOST_NEAR), 1, {}), ", "), #found
end

local function offset_words(seconds)
  local sign = if seconds < 0 then "-" else "+"
  local hours, minutes = math.abs(seconds) // 3600, math.abs(seconds) % 3600 // 60
  return "UTC" .. sign .. hours .. (if minutes == 0 then "" else string.format(":%02d", minutes))
end

local function tell(cx, name, zone)
  local now = cx.time.parts(cx.time.now(), zone)
  cx:reply(cx.t("it-is", {
    place = name,
    weekday = cx.t("weekday-" .. now.weekday),
    date = string.format("%04d-%02d-%02d", now.year, now.month, now.day),
    time = string.format("%02d:%02d", now.hour, now.minute),
    offset = offset_words(now.offset),
  }))
end

local function clock(cx, args)
  if not args.place then
    local zone = cx.time.zone()
    return tell(cx, zone, zone)
  end
  local given = cx.text.plain(args.place, 60)
  local name, zone = find(cx, given)
  if zone then
    return tell(cx, name, zone)
  end
  local names, n = near(cx, given)
  if n == 1 then
    return tell(cx, find(cx, names))
  end
  cx:reply(cx.t(if n == 0 then "unknown" else "did-you-mean", { given = given, names = names }))
end

return {
  name = "clock",
  api = 1,
  description = { en = "Tells the time anywhere.", ru = "Говорит, который час в любом месте." },
  commands = {
    {
      name = "clock",
      names = { ru = "часы" },
      aliases = { "часики" },
      args = { { "place", "rest", optional = true, names = { ru = "место" } } },
      direct = true,
      help = {
        en = "Tells the time in a city or a time zone, or here.",
        ru = "Говорит, который час в городе, в часовом поясе или здесь.",
      },
      examples = { { "clock Helsinki" }, { "часы Хельсинки" } },
      run = clock,
    },
  },
}
