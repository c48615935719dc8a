-- When somebody was last here, and under which nicks: `!seen bob`.

local memory = require("memory")

local MODERATOR = 15

local function on_join(cx, event)
  memory.note(cx, event, "joined")
end

local function on_leave(cx, event)
  memory.note(cx, event, event.cause)
end

local function on_nick(cx, event)
  memory.renamed(cx, event)
end

local function on_message(cx, event)
  memory.spoke(cx, event)
end

local function ago(cx, at)
  return cx.time.spell(math.max(1, cx.time.now() - at))
end

local function here(cx, name)
  local lower = cx.text.lower(name)
  for _, it in cx:occupants() do
    if cx.text.lower(it.nick) == lower then
      return it
    end
  end
end

local function of_someone_here(cx, it)
  if it.is_self then
    return cx.t("that-is-me")
  end
  if it.identity == cx.identity then
    return cx.t("that-is-you")
  end
  local said_at = memory.said_at({ room = cx.room, identity = it.identity })
  return cx.t(if said_at then "is-here-spoke" else "is-here", { nick = it.nick, ago = said_at and ago(cx, said_at) or "" })
end

-- Whoever changed nicks in the room did it for all to see: that leads from one nick to the next.
local function follow(cx, deed)
  for _ = 1, 10 do
    local after = deed.what == "became" and memory.of_nick(cx, deed.extra)
    if not after or after.identity ~= deed.identity then
      break
    end
    deed = after
  end
  return deed
end

-- Under which nick they are here now. Who came back under another is told to those who keep the room only: it is theirs to
-- say who they are.
local function here_as(cx, deed)
  for _, it in cx:occupants() do
    local is_told = it.nick == deed.nick or MODERATOR <= cx.event.level
    if it.identity == deed.identity and is_told and not it.is_self then
      return it.nick
    end
  end
end

local function of_someone_gone(cx, name, deed)
  local last = follow(cx, deed)
  local nick = here_as(cx, last)
  if nick then
    return cx.t("is-here-as", { given = name, nick = nick })
  end
  local words = cx.t("deed-" .. last.what, { nick = last.nick, extra = last.extra or "" })
  return cx.t("was-here", { given = name, ago = ago(cx, last.at), deed = words })
end

local function seen(cx, args)
  local name = cx.text.plain(args.nick, 60)
  local present = here(cx, name)
  if present then
    return cx:reply(of_someone_here(cx, present))
  end
  local deed = memory.of_nick(cx, name)
  cx:reply(if deed then of_someone_gone(cx, name, deed) else cx.t("never-seen", { nick = name }))
end

-- The nicks of one identity: one's own, or anybody's for those who keep the room.
local function nicks(cx, args)
  local name = args.nick and cx.text.plain(args.nick, 60)
  local present = name and here(cx, name)
  local identity = if present then present.identity elseif name then nil else cx.identity
  if identity ~= cx.identity and cx.event.level < MODERATOR then
    return cx:reply(cx.t("moderators-only"))
  end
  local deed = not identity and memory.of_nick(cx, name)
  identity = if deed then deed.identity else identity
  local known = identity and memory.of_identity(cx, identity)
  if not known then
    return cx:private(cx.t("no-nicks"))
  end
  cx:private(cx.t("nicks", { nick = known.nick, nicks = table.concat(known.nicks, ", ") }))
end

local function hide(cx)
  memory.hide(cx, cx.identity)
  cx:private(cx.t("is-hidden"))
end

local function show(cx)
  memory.show(cx, cx.identity)
  cx:private(cx.t("is-shown"))
end

return {
  name = "seen",
  api = 1,
  description = { en = "Says when somebody was last here.", ru = "Говорит, когда человек был здесь в последний раз." },
  powers = { "store" },
  options = {
    keep = {
      type = "duration",
      default = "180d",
      min = "1d",
      max = "3650d",
      help = { en = "How long people are remembered.", ru = "Сколько помнить людей." },
    },
  },
  on = { join = on_join, leave = on_leave, nick = on_nick, message = on_message },
  commands = {
    {
      name = "seen",
      names = { ru = "когдабыл" },
      aliases = { "видел" },
      args = { { "nick", "rest" } },
      help = {
        en = "Says when somebody was last here and what they did.",
        ru = "Говорит, когда человек был здесь и что сделал.",
      },
      examples = { { "seen zoe", "I have not seen zoe here." } },
      run = seen,
    },
    {
      name = "seen nicks",
      names = { ru = "когдабыл ники" },
      aliases = { "nicks", "ники" },
      args = { { "nick", "rest", optional = true } },
      help = {
        en = "Tells you your nicks here; moderators anybody's.",
        ru = "Показывает ваши ники здесь, а модераторам — чьи угодно.",
      },
      run = nicks,
    },
    {
      name = "seen hide",
      names = { ru = "когдабыл скрыть" },
      level = 0,
      help = { en = "Forgets you and does not remember you any more.", ru = "Забывает вас и больше не запоминает." },
      run = hide,
    },
    {
      name = "seen show",
      names = { ru = "когдабыл открыть" },
      level = 0,
      help = { en = "Remembers you again.", ru = "Снова вас запоминает." },
      run = show,
    },
  },
}
