-- Greets people who come: one by one, newcomers, members. `!greet set newcomers Welcome, $nick!`

local calm = require("calm")
local words = require("words")

local SHOWN = 400
local REMEMBERED = "365d"

local function visit_key(identity)
  return "visit:" .. string.sub(identity, 1, 400)
end

-- Notes the visit; gives whether it is the first, and when they were greeted last.
local function visit(cx, event)
  local before
  cx.store:update(visit_key(event.identity), function(old)
    before = old
    if not old and not calm.may_remember(event.room, event.at) then
      return nil
    end
    return old or { greeted = 0 }
  end, REMEMBERED)
  return before == nil, before and before.greeted or 0
end

-- In one pass, so that nothing in a nick is filled in.
local function fill(text, nick, room)
  local values = { nick = nick, ["ник"] = nick, room = string.match(room, "^[^@]*") }
  return (string.gsub(text, "%$([%a\128-\255]+)", values))
end

local function greet(cx, event, text, is_own)
  local said = fill(text, cx.text.name(event.nick, 40), event.room)
  cx.store:set(visit_key(event.identity), { greeted = event.at }, REMEMBERED)
  if cx.option.where == "private" and not is_own then
    cx:private(said)
  else
    cx:say(said)
  end
end

local function on_join(cx, event)
  -- Counted always, so that a flood is known as one.
  local is_flood = calm.is_flood(event.room, event.at)
  local is_new, greeted = visit(cx, event)
  if is_flood or event.at - greeted < cx.option.again then
    return
  end
  local text, is_own = words.of(cx, event, is_new)
  if text and text ~= "" and calm.may_greet(event.room, event.identity, event.at) then
    greet(cx, event, text, is_own)
  end
end

local function on_joined(cx, event)
  calm.joined(event.room, event.at)
end

local function find(cx, name)
  for _, it in cx:occupants() do
    if cx.text.lower(it.nick) == cx.text.lower(name) then
      return it
    end
  end
end

-- Who or what kind is meant: `newcomers`, a nick, a JID.
local function whom(cx, given)
  local name = cx.text.plain(given, 100)
  local kind = words.KINDS[cx.text.lower(name)]
  if kind then
    return { kind = kind, name = name }
  end
  local here = find(cx, name)
  if here then
    return { identity = here.identity, name = here.nick }
  end
  if string.find(name, "^[^%s@/]+@[^%s@/]+$") then
    return { identity = cx.text.lower(name), name = name }
  end
  for identity, it in words.all(cx).people or {} do
    if cx.text.lower(it.name) == cx.text.lower(name) then
      return { identity = identity, name = it.name }
    end
  end
end

local function put(cx, target, text)
  return words.change(cx, function(all)
    if target.kind then
      all.kinds[target.kind] = text
    elseif text then
      all.people[target.identity] = { name = cx.text.plain(target.name, 60), text = text }
    else
      all.people[target.identity] = nil
    end
  end)
end

local function set(cx, args)
  local target = whom(cx, args.whom)
  if not target then
    return cx:reply(cx.t("nobody", { name = cx.text.plain(args.whom, 60) }))
  elseif target.identity and (400 < #target.identity or string.find(target.identity, "^stay:")) then
    return cx:reply(cx.t("not-known", { name = target.name }))
  end
  local is_put = put(cx, target, cx.text.plain(args.text, SHOWN))
  cx:reply(cx.t(if is_put then "is-set" else "too-many", { name = target.name }))
end

local function delete(cx, args)
  local target = whom(cx, args.whom)
  if not target then
    return cx:reply(cx.t("nobody", { name = cx.text.plain(args.whom, 60) }))
  end
  put(cx, target, nil)
  cx:reply(cx.t("is-gone", { name = target.name }))
end

local function list(cx)
  local all, lines = words.all(cx), {}
  for kind, text in all.kinds or {} do
    table.insert(lines, `{kind}: {text}`)
  end
  for _, it in all.people or {} do
    table.insert(lines, `{it.name}: {it.text}`)
  end
  table.sort(lines)
  cx:private(if #lines == 0 then cx.t("none") else table.concat(lines, "\n"))
end

return {
  name = "greet",
  api = 1,
  description = { en = "Greets people who come.", ru = "Приветствует тех, кто заходит." },
  powers = { "store", "people" },
  options = {
    text = {
      type = "string",
      default = "",
      max = SHOWN,
      help = {
        en = "The greeting for newcomers unless one is set by chat.",
        ru = "Приветствие новичкам, если не задано командой.",
      },
    },
    again = {
      type = "duration",
      default = "12h",
      min = "1m",
      max = "365d",
      help = { en = "After how long somebody is greeted again.", ru = "Через сколько здороваться с человеком снова." },
    },
    where = {
      type = "choice",
      choices = { "room", "private" },
      default = "room",
      help = {
        en = "Where people are greeted; greetings for one person are always said in the room.",
        ru = "Где здороваться; личные приветствия всегда звучат в комнате.",
      },
    },
  },
  on = { join = on_join, joined = on_joined },
  commands = {
    {
      name = "greet set",
      names = { ru = "привет для" },
      aliases = { "превед" },
      level = 20,
      args = { { "whom", "word", names = { ru = "кому" } }, { "text", "rest", names = { ru = "текст" } } },
      help = {
        en = "Greets a nick, a JID, newcomers, members, admins, owners or others with this text; $nick is who comes.",
        ru = "Задаёт приветствие нику, JID или новички, участники, админы, владельцы, остальные; $ник — кто зашёл.",
      },
      examples = { { "greet set newcomers Welcome, $nick!" }, { "привет для новички Добро пожаловать, $ник!" } },
      run = set,
    },
    {
      name = "greet del",
      names = { ru = "привет убрать" },
      level = 20,
      args = { { "whom", "rest", names = { ru = "кому" } } },
      help = { en = "Takes a greeting away.", ru = "Убирает приветствие." },
      examples = { { "greet del newcomers" }, { "привет убрать новички" } },
      run = delete,
    },
    {
      name = "greet list",
      names = { ru = "привет список" },
      level = 20,
      help = { en = "Lists the greetings of this room.", ru = "Показывает приветствия комнаты." },
      run = list,
    },
  },
}
