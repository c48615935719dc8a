-- When somebody was last here, and under which nicks: `!seen bob`.

local memory = require("memory")

local MODERATOR = 15

local function on_join(cx, event)
  memory.note(cx, event, "joined")
end

local function on_leave(cx, event)
  memory.note(cx, event, event.cause)
end

-- Under the new nick, with the old one as what they left behind.
local function on_nick(cx, event)
  memory.note(cx, event, "renamed", cx.text.plain(event.old_nick, 60))
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

-- What the last thing was that somebody did, in words.
local function last_deed(cx, known)
  return cx.t("deed-" .. (known.what or "left"), { nick = known.nick, extra = known.extra or "" })
end

local function of_someone_gone(cx, name, known)
  local text = cx.t("was-here", { given = name, nick = known.nick, ago = ago(cx, known.at), deed = last_deed(cx, known) })
  -- Whoever bears another nick now is named by it, if they are here.
  for _, it in cx:occupants() do
    if it.identity == known.identity and not it.is_self then
      return cx.t("is-here-as", { given = name, nick = it.nick })
    end
  end
  return text
end

local function seen(cx, args)
  local name = cx.text.plain(args.nick, 60)
  local present = here(cx, name)
  if present then
    return cx:reply(of_someone_here(cx, present))
  end
  local known, identity = memory.of_nick(cx, name)
  if not known then
    return cx:reply(cx.t("never-seen", { nick = name }))
  end
  known.identity = identity
  cx:reply(of_someone_gone(cx, name, known))
end

-- The nicks of one identity: one's own, or anybody's for those who keep the room.
local function nicks(cx, args)
  local name = args.nick and cx.text.plain(args.nick, 60)
  local present = name and here(cx, name)
  local identity = if present then present.identity elseif name then nil else cx.identity
  if identity ~= cx.identity and cx.event.level < MODERATOR then
    return cx:reply(cx.t("moderators-only"))
  end
  local known
  if identity then
    known = memory.of_identity(cx, identity)
  else
    known = memory.of_nick(cx, name)
  end
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
    keep = { type = "duration", default = "180d", min = "1d", max = "3650d", help = "How long people are remembered." },
  },
  on = { join = on_join, leave = on_leave, nick = on_nick, message = on_message },
  commands = {
    {
      name = "seen",
      names = { ru = "когдабыл" },
      aliases = { "видел" },
      args = { { "nick", "rest" } },
      help = { en = "Says when somebody was last here and what they did.", ru = "Говорит, когда человек был здесь и что сделал." },
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
